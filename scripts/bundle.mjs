import { buildSync } from 'esbuild';

/**
 * Bundles a TypeScript program of this repository with everything it needs into one file, as a host gets it.
 *
 * @param {string} repository - the top of the checkout
 * @param {string} entry - the program, relative to it
 * @returns {Uint8Array} the text of an ES module for Node 20.19 or newer
 */
export function bundle(repository, entry) {
  const { outputFiles } = build(repository, entry);
  const [output] = outputFiles;
  if (!output) throw new Error(`esbuild made nothing of ${entry}`);
  return output.contents;
}

/**
 * The packages of others that are part of a program once it is bundled.
 *
 * @param {string} repository - the top of the checkout
 * @param {string} entry - the program, relative to it
 * @returns {readonly string[]} their folders, relative to the top, sorted
 */
export function bundledPackages(repository, entry) {
  const { outputs } = build(repository, entry).metafile;
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** @type {(repository: string, entry: string) => import('esbuild').BuildResult<{ write: false, metafile: true }>} */
function build(repository, entry) {
  return buildSync({
    entryPoints: [entry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // Packages that are CommonJS inside ask for node's own modules with require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'error',
  });
}
