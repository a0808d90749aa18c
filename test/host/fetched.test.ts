import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { FETCH_FOLDER, type Fetched, noteAsked, readFetched, writeFetched } from '../../scripts/host/fetched.ts';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { contentsOf, temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const AT = '2026-11-24T08:14:28.123Z';
const ASKED = '2026-11-24T09:00:00.000Z';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const FILE = join(FETCH_FOLDER, 'fetched.json');

function rootWith(text?: string): string {
  const root = temporaryFolder();
  mkdirSync(join(root, FETCH_FOLDER), { recursive: true });
  if (text !== undefined) writeFiles(root, { [FILE]: text });
  return root;
}

describe('what the unprivileged step says', () => {
  it.each<Fetched>([
    { version: 1, at: AT, commit: COMMIT },
    { version: 1, at: AT, commit: COMMIT, failure: 'no "route"\n' },
    { version: 1, at: AT, failure: 'none' },
  ])('is read as it was written: %j', async (fetched) => {
    const root = rootWith();
    process.umask(0o077);
    await writeFetched(root, { version: 1, at: AT, failure: 'before' });
    await writeFetched(root, fetched);
    await noteAsked(root, new Date(ASKED));
    expect(await readFetched(root)).toEqual({ ...fetched, asked: ASKED });
    expect(contentsOf(join(root, FETCH_FOLDER))).toEqual([`0644 fetched.json ${JSON.stringify(fetched)}\n`]);
  });

  it('is nothing before the first time', async () => {
    expect(await readFetched(rootWith())).toBeUndefined();
    expect(await readFetched(temporaryFolder())).toBeUndefined();
  });

  it('is cut where a failure has no end', async () => {
    const root = rootWith();
    await writeFetched(root, { version: 1, at: AT, failure: 'x'.repeat(100_000) });
    expect((await readFetched(root))?.failure).toBe('x'.repeat(1000));
  });

  it.each([
    '',
    'null',
    '[]',
    '{"version":2}',
    `{"version":1,"at":"yesterday"}`,
    `{"version":1,"at":"${AT}","commit":"--all"}`,
    `{"version":1,"at":"${AT}","failure":{}}`,
    `{"version":1,"at":"${AT}","failure":"${'x'.repeat(5000)}"}`,
  ])('and cannot be is a failure of that step, and of nobody else: %s', async (text) => {
    const root = rootWith(text);
    expect(await readFetched(root)).toEqual({
      version: 1,
      at: expect.stringMatching(/^20..-..-..T..:..:..[.]...Z$/),
      asked: expect.stringMatching(/^20..-..-..T..:..:..[.]...Z$/),
      failure: `${join(root, FILE)} is not what ds01-policy fetch writes; remove it, the next run writes it anew`,
    });
  });

  it('is not read through a link, from a pipe, or from a folder', async () => {
    const root = rootWith();
    const path = join(root, FILE);
    writeFileSync(join(root, 'secret'), JSON.stringify({ version: 1, at: AT, commit: COMMIT }));
    symlinkSync(join(root, 'secret'), path);
    expect(await readFetched(root)).toMatchObject({ failure: expect.stringContaining('is not what') });
    rmSync(path);
    execaSync('mkfifo', [path]);
    expect(await readFetched(root)).toMatchObject({ failure: expect.stringContaining('is not what') });
    rmSync(path);
    mkdirSync(path);
    expect(await readFetched(root)).toMatchObject({ failure: expect.stringContaining('is not what') });
  });

  it('is a failure if it cannot be written', async () => {
    await expect(writeFetched(temporaryFolder(), { version: 1, at: AT })).rejects.toThrow(HostFailure);
  });
});
