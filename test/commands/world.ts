import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { REPOSITORY } from '../support/repository.ts';
import { type Run, runCli } from '../support/run-cli.ts';

/** Policy as it was when these outputs were written: a pull request that changes policy does not have to touch them. */
export const POLICY_OF_THE_TESTS = join(REPOSITORY, 'test/commands/policy');

/** An output as it is expected, byte by byte. */
export function expected(name: string): string {
  return readFileSync(join(REPOSITORY, 'test/commands/expected', name), 'utf8');
}

/** An output of today as one of the day that the expected outputs are of. */
export function onDay(stdout: string): string {
  return stdout.replace(/^on [0-9]{4}-[0-9]{2}-[0-9]{2}: /m, 'on 2026-03-01: ');
}

/** Where units are, below a root. */
export const UNITS = 'etc/systemd/system';

/** The program as a shell would start it. */
export const PROGRAM = `node ${REPOSITORY}/scripts/run.mjs scripts/cli.ts`;

const base = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let places = 0;

/** A folder with a copy of the policy in `policy/` and an empty root in `root/`; the program runs in it. */
export class Place {
  readonly folder = join(base, String(++places));

  constructor(texts: Readonly<Record<string, string | undefined>> = {}) {
    mkdirSync(join(this.folder, 'root'), { recursive: true });
    cpSync(POLICY_OF_THE_TESTS, join(this.folder, 'policy'), { recursive: true });
    this.policy(texts);
  }

  /** The same with this policy applied to the root; what is applied once in a test file is copied from then on. */
  static async applied(texts: Readonly<Record<string, string | undefined>> = {}): Promise<Place> {
    const key = JSON.stringify(texts);
    const seed = seeds.get(key) ?? applySeed(new Place(texts));
    seeds.set(key, seed);
    const place = new Place(texts);
    cpSync((await seed).at('root'), place.at('root'), { recursive: true });
    return place;
  }

  /** The path of something in the folder. */
  at(...path: readonly string[]): string {
    return join(this.folder, ...path);
  }

  /** Runs the program; the command line is split at spaces. */
  run(line: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
    return runCli(
      line.split(' ').filter((word) => word !== ''),
      { cwd: this.folder, env },
    );
  }

  /** Runs a line of shell in the folder. */
  async shell(line: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<Run> {
    const child = spawn('sh', ['-c', line], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const [exitCode] = await once(child, 'close');
    return { exitCode: exitCode ?? undefined, ...texts };
  }

  /** Replaces, adds, or (`undefined`) removes policy files. */
  policy(texts: Readonly<Record<string, string | undefined>>): void {
    for (const [path, text] of Object.entries(texts)) {
      if (text === undefined) rmSync(this.at('policy', path));
      else this.write(`policy/${path}`, text);
    }
  }

  /** Replaces a text in a policy file; it has to be there. */
  edit(path: string, before: string, after: string): void {
    const text = readFileSync(this.at('policy', path), 'utf8');
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    this.write(`policy/${path}`, text.replaceAll(before, after));
  }

  /** The text of a policy file. */
  policyText(path: string): string {
    return readFileSync(this.at('policy', path), 'utf8');
  }

  /** Writes a file with its folders. */
  write(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  /** The texts of all files of the unit folder, by path. */
  units(): Readonly<Record<string, string>> {
    const entries = listing(this.at('root', UNITS)).filter(({ kind }) => kind === 'file');
    return Object.fromEntries(entries.map(({ path, text }) => [path, text]));
  }

  /** The records of the host's history. */
  history(): readonly {
    readonly result: string;
    readonly digest: string;
    readonly failure?: string;
    readonly backup?: string;
  }[] {
    const text = readFileSync(this.at('root/var/lib/ds01-policy/history.jsonl'), 'utf8');
    if (!text.endsWith('\n')) throw new Error('the last record has no end of line');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}

const seeds = new Map<string, Promise<Place>>();

async function applySeed(place: Place): Promise<Place> {
  const { exitCode, stderr } = await place.run('apply --root root');
  if (exitCode !== 0) throw new Error(`apply exits ${exitCode}: ${stderr}`);
  return place;
}

/** One entry of a folder, with everything that a write would change. */
export interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: string;
  readonly text: string;
  readonly inode: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

/** Everything below a folder, sorted by path; nothing if the folder is not there. */
export function listing(folder: string, below = ''): readonly Entry[] {
  const names = lstatSync(join(folder, below), { throwIfNoEntry: false }) ? readdirSync(join(folder, below)) : [];
  return names.sort().flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(folder, path), { bigint: true });
    const kind = stats.isSymbolicLink() ? 'link' : stats.isDirectory() ? 'folder' : 'file';
    const text =
      kind === 'link'
        ? readlinkSync(join(folder, path))
        : kind === 'file'
          ? readFileSync(join(folder, path), 'utf8')
          : '';
    const entry = {
      path,
      kind,
      mode: (stats.mode & 0o7777n).toString(8),
      text,
      inode: stats.ino,
      modified: stats.mtimeNs,
      changed: stats.ctimeNs,
    } as const;
    return [entry, ...(kind === 'folder' ? listing(folder, path) : [])];
  });
}

/** A listing without times and inode numbers: what two folders have in common that hold the same. */
export function contents(folder: string): readonly string[] {
  return listing(folder).map(({ path, kind, mode, text }) => `${kind} ${mode} ${path} ${JSON.stringify(text)}`);
}

/** A member file. */
export function memberFile(account: string, group: string, more = 'expires: never\n'): string {
  return `accounts: [${account}@hertie-school.lan]\ngroup: ${group}\nreason: a reason\ngranted: 2025-12-05\n${more}`;
}

/** Files of so many members of one group: `members/m001.yaml` and on. */
export function memberFiles(count: number, group: string, more?: (index: number) => string): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `m${String(index + 1).padStart(3, '0')}`);
  return Object.fromEntries(
    names.map((name, index) => [`members/${name}.yaml`, memberFile(name, group, more?.(index))]),
  );
}
