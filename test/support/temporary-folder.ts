import {
  accessSync,
  chmodSync,
  constants,
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
import { onTestFinished } from 'vitest';

/** Where files take no time, if there is such a place; nothing in it may be started as a program. */
export const IN_MEMORY = isWritable('/dev/shm') ? '/dev/shm' : tmpdir();

/** An empty folder that is gone after the test; everybody may look into it, and the umask is the usual one. */
export function temporaryFolder(place = tmpdir()): string {
  const folder = mkdtempSync(join(place, 'ds01-policy-test-'));
  const umask = process.umask(0o022);
  onTestFinished(() => {
    process.umask(umask);
    open(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  chmodSync(folder, 0o755);
  return folder;
}

/** Writes files below a folder, with their folders. */
export function writeFiles(folder: string, texts: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Everything below a folder with its mode and bytes, as `0644 path text`; links as `link path target`. */
export function contentsOf(folder: string, below = ''): readonly string[] {
  if (!lstatSync(join(folder, below), { throwIfNoEntry: false })) return [];
  const names = readdirSync(join(folder, below)).sort();
  return names.flatMap((name) => {
    const path = join(below, name);
    const stats = lstatSync(join(folder, path));
    const mode = `0${(stats.mode & 0o777).toString(8)}`;
    if (stats.isSymbolicLink()) return [`link ${path} ${readlinkSync(join(folder, path))}`];
    if (stats.isDirectory()) return [`${mode} ${path}/`, ...contentsOf(folder, path)];
    return [`${mode} ${path} ${readFileSync(join(folder, path), 'latin1')}`];
  });
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// Tests close folders, and only root can remove what is in a closed one.
function open(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) open(join(folder, entry.name));
  }
}

const NOBODY = 65_534;

/** Does something as a user for whom permissions count: as nobody if the tests run as root. */
export function unprivileged<T>(run: () => T): T {
  const leave = becomeNobody();
  try {
    return run();
  } finally {
    leave();
  }
}

/** The same for something that takes its time. */
export async function unprivilegedAsync<T>(run: () => Promise<T>): Promise<T> {
  const leave = becomeNobody();
  return run().finally(leave);
}

function becomeNobody(): () => void {
  if (process.geteuid?.() !== 0) return () => undefined;
  process.seteuid?.(NOBODY);
  return () => process.seteuid?.(0);
}
