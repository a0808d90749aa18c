import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { REPOSITORY } from './repository.ts';

/** One import of one file of the program: of another file below `scripts/`, or of a package. */
export interface Import {
  /** Relative to `scripts/`. */
  readonly from: string;
  /** Relative to `scripts/`; `../schemas/…` for data; for a package, what the import says. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Whether it is gone when the program runs: an import of types only. */
  readonly typesOnly: boolean;
}

/** What the compiler makes of the files of the program, each on its own. */
export interface Modules {
  readonly imports: readonly Import[];
  /** Names that each file exports. */
  readonly exports: ReadonlyMap<string, readonly string[]>;
  /** Text of each file without types and comments. References to FORBIDDEN names of the surroundings are marked. */
  readonly codes: ReadonlyMap<string, string>;
}

/** Names of the surroundings that a pure file has nothing to do with, and what each is called in `codes`. */
export const FORBIDDEN: Readonly<Record<string, string>> = {
  process: 'FORBIDDEN_process',
  console: 'FORBIDDEN_console',
  fetch: 'FORBIDDEN_fetch',
  performance: 'FORBIDDEN_performance',
  setTimeout: 'FORBIDDEN_setTimeout',
  setInterval: 'FORBIDDEN_setInterval',
  globalThis: 'FORBIDDEN_globalThis',
  require: 'FORBIDDEN_require',
  'Date.now': 'FORBIDDEN_Date_now',
  'Math.random': 'FORBIDDEN_Math_random',
};

const SCRIPTS = join(REPOSITORY, 'scripts');

/** All files below `scripts/`, sorted. */
export function scriptFiles(folder = ''): readonly string[] {
  const entries = readdirSync(join(SCRIPTS, folder), { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? scriptFiles(path) : [path];
  });
  return [...files].sort();
}

/** The text of a file below `scripts/`. */
export function scriptText(file: string): string {
  return readFileSync(join(SCRIPTS, file), 'utf8');
}

/** Reads the program as the compiler does: what it says is what is true when it runs. */
export async function readModules(): Promise<Modules> {
  const [running, written] = await Promise.all([compile(false), compile(true)]);
  const remains = new Set(running.imports.map(({ from, to }) => `${from} ${to}`));
  const imports = written.imports.map((one) => ({ ...one, typesOnly: !remains.has(`${one.from} ${one.to}`) }));
  return { imports, exports: running.exports, codes: running.codes };
}

interface Compiled {
  readonly imports: readonly Omit<Import, 'typesOnly'>[];
  readonly exports: ReadonlyMap<string, readonly string[]>;
  readonly codes: ReadonlyMap<string, string>;
}

async function compile(withTypes: boolean): Promise<Compiled> {
  const { metafile, outputFiles } = await build({
    entryPoints: scriptFiles().map((file) => join(SCRIPTS, file)),
    absWorkingDir: SCRIPTS,
    outdir: SCRIPTS,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    legalComments: 'none',
    logLevel: 'error',
    define: FORBIDDEN,
    // Without it, the compiler leaves imports out of which only types are used.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: withTypes } },
    plugins: [keepApart(withTypes)],
  });
  const inputs = Object.entries(metafile.inputs);
  const outputs = Object.values(metafile.outputs).map((output) => [output.entryPoint ?? '', output.exports] as const);
  const codes = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => {
    return [entryPoint ?? '', outputFiles.find((file) => relative(SCRIPTS, file.path) === path)?.text ?? ''] as const;
  });
  return {
    imports: inputs.flatMap(([from, { imports }]) => imports.map(({ path }) => importOf(from, path))),
    exports: new Map(outputs),
    codes: new Map(codes),
  };
}

// Each file is a program of its own: nothing that it imports is followed.
function keepApart(withTypes: boolean): Plugin {
  return {
    name: 'keep apart',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, kind, resolveDir }) => {
        if (kind === 'entry-point') return undefined;
        return { path: path.startsWith('.') ? join(resolveDir, path) : path, external: true };
      });
      onLoad({ filter: /[.]ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        // An import of types, written as one of values, is one that the compiler tells of.
        return { contents: withTypes ? text.replace(/^import type /gm, 'import ') : text, loader: 'ts' };
      });
    },
  };
}

function importOf(from: string, path: string): Omit<Import, 'typesOnly'> {
  const isPackage = !path.startsWith('/');
  return { from, to: isPackage ? path : relative(SCRIPTS, path), isPackage };
}
