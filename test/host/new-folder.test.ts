import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { fillFolder } from '../../scripts/host/new-folder.ts';
import { contentsOf, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const FILES = new Map<string, string | Uint8Array>([
  ['policy/site.yaml', 'version: 1\n'],
  ['README.md', 'text\n'],
]);
const THERE = ['0644 README.md text\n', '0755 policy/', '0644 policy/site.yaml version: 1\n'];

async function nothing(): Promise<void> {}

function fails(): Promise<void> {
  return Promise.reject(new HostRefusal('not this time'));
}

describe('a folder that is new', () => {
  it('holds everything, and what was done with it', async () => {
    const base = temporaryFolder();
    const result = await fillFolder(join(base, 'lab'), FILES, async (at) => {
      writeFileSync(join(at, 'finished'), 'yes\n');
      return 42;
    });
    expect(result).toBe(42);
    expect(contentsOf(join(base, 'lab'))).toEqual([THERE[0], '0644 finished yes\n', ...THERE.slice(1)]);
    expect(statSync(join(base, 'lab')).mode & 0o777).toBe(0o755);
    expect(readdirSync(base)).toEqual(['lab']);
  });

  it('is not there if it could not be finished, nor anything else', async () => {
    const base = temporaryFolder();
    await expect(fillFolder(join(base, 'lab'), FILES, fails)).rejects.toThrow('not this time');
    expect(readdirSync(base)).toEqual([]);
  });

  it('is not seen before it is finished, nor put onto what came meanwhile', async () => {
    const base = temporaryFolder();
    const made = fillFolder(join(base, 'lab'), FILES, async () => {
      expect(readdirSync(base)).not.toContain('lab');
      writeFiles(base, { 'lab/other': 'x\n' });
    });
    await expect(made).rejects.toThrow(HostFailure);
    expect(contentsOf(base)).toEqual(['0755 lab/', '0644 lab/other x\n']);
  });

  it('has a place to be in', async () => {
    const missing = join(temporaryFolder(), 'missing');
    await expect(fillFolder(join(missing, 'lab'), FILES, nothing)).rejects.toThrow(
      new HostRefusal(`"${missing}" does not exist: make it first`),
    );
  });
});

describe('a folder that is there', () => {
  it('stays the same folder, with its .git', async () => {
    const base = temporaryFolder();
    writeFiles(base, { '.git/HEAD': 'ref\n' });
    const before = statSync(base).ino;
    await fillFolder(base, FILES, nothing);
    expect(statSync(base).ino).toBe(before);
    expect(contentsOf(base)).toEqual(['0755 .git/', '0644 .git/HEAD ref\n', ...THERE]);
  });

  it('is empty again if it could not be finished', async () => {
    const base = temporaryFolder();
    await expect(
      fillFolder(base, FILES, async (at) => {
        mkdirSync(join(at, '.git'));
        await fails();
      }),
    ).rejects.toThrow('not this time');
    expect(readdirSync(base)).toEqual([]);
  });

  it('keeps the .git that was there', async () => {
    const base = temporaryFolder();
    writeFiles(base, { '.git/HEAD': 'ref\n' });
    await expect(fillFolder(base, FILES, fails)).rejects.toThrow('not this time');
    expect(contentsOf(base)).toEqual(['0755 .git/', '0644 .git/HEAD ref\n']);
  });

  it('is refused if anything else is in it, hidden or not', async () => {
    for (const name of ['notes.txt', '.env']) {
      const base = temporaryFolder();
      writeFiles(base, { [name]: 'mine\n' });
      await expect(fillFolder(base, FILES, nothing)).rejects.toThrow(
        new HostRefusal(`"${base}" holds "${name}": name a folder that is new or empty`),
      );
      expect(contentsOf(base)).toEqual([`0644 ${name} mine\n`]);
    }
  });

  it('is no file', async () => {
    const base = temporaryFolder();
    writeFiles(base, { lab: 'mine\n' });
    const path = join(base, 'lab');
    await expect(fillFolder(path, FILES, nothing)).rejects.toThrow(new HostRefusal(`"${path}" is not a folder`));
    expect(contentsOf(base)).toEqual(['0644 lab mine\n']);
  });
});
