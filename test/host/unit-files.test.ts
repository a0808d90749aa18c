import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  belowRoot,
  putBack,
  readBytes,
  removeFile,
  stage,
  syncFolders,
  writeWhole,
} from '../../scripts/host/unit-files.ts';
import { TEMPORARY, UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf, temporaryFolder } from '../support/temporary-folder.ts';
import { hostWith, unitsOf } from '../support/unit-host.ts';

const DROP_IN = 'ds01-a-.slice.d/50-ds01-policy.conf';
const LATIN = Buffer.from('caf\u00e9\n', 'latin1');

describe('the path of a change', () => {
  it('is one in the unit folder, or one below the root if it is absolute', () => {
    expect(belowRoot(DROP_IN)).toBe(`${UNIT_FOLDER}/${DROP_IN}`);
    expect(belowRoot('/run/systemd/system.control/x.slice.d/y.conf')).toBe(
      'run/systemd/system.control/x.slice.d/y.conf',
    );
  });
});

describe('a file that is put back', () => {
  it('holds what it held, byte by byte, also where its folder has gone', async () => {
    const root = hostWith({ 'ds01.slice': 'new\n' });
    for (const path of ['ds01.slice', DROP_IN, '/run/systemd/system.control/ds01.slice.d/x.conf']) {
      await putBack(root, path, LATIN);
      expect(readFileSync(join(root, belowRoot(path)))).toEqual(LATIN);
    }
    expect(unitsOf(root)).toEqual([
      '0755 ds01-a-.slice.d/',
      `0644 ${DROP_IN} caf\u00e9\n`,
      '0644 ds01.slice caf\u00e9\n',
    ]);
  });

  it('is gone where there was none, with its folder if nothing else is in that', async () => {
    const root = hostWith({
      [DROP_IN]: 'x',
      'ds01-b.slice.d/a.conf': 'x',
      'ds01-b.slice.d/b.conf': 'x',
      'ds01.slice': 'x',
    });
    for (const path of [DROP_IN, 'ds01-b.slice.d/a.conf', 'ds01.slice', 'ds01-missing.slice.d/x.conf']) {
      await putBack(root, path, undefined);
    }
    expect(unitsOf(root)).toEqual(['0755 ds01-b.slice.d/', '0644 ds01-b.slice.d/b.conf x']);
    // The folder of units stays, whatever is in it.
    await removeFile(root, 'ds01-b.slice.d/b.conf');
    expect(contentsOf(join(root, 'etc'))).toEqual(['0755 systemd/', '0755 systemd/system/']);
  });

  it('is not put back through a link', async () => {
    const root = hostWith({});
    mkdirSync(join(root, UNIT_FOLDER), { recursive: true });
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, UNIT_FOLDER, 'ds01-a-.slice.d'));
    await expect(putBack(root, DROP_IN, LATIN)).rejects.toThrow('is a symbolic link, not a folder');
    expect(contentsOf(join(root, 'elsewhere'))).toEqual([]);
  });
});

describe('a new file', () => {
  it('takes the place of no other, and does not go through a link', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'old'), 'old');
    symlinkSync('nowhere', join(folder, 'link'));
    for (const name of ['old', 'link']) await expect(writeWhole(join(folder, name), 'new')).rejects.toThrow('EEXIST');
    expect(contentsOf(folder)).toEqual(['link link nowhere', '0644 old old']);
  });

  it('is staged under a name that systemd does not read and nobody can guess', async () => {
    const folder = temporaryFolder();
    const names = [await stage(join(folder, 'ds01.slice'), 'a'), await stage(join(folder, 'ds01.slice'), LATIN)];
    expect(new Set(names).size).toBe(2);
    expect(names.map((name) => TEMPORARY.test(basename(name)))).toEqual([true, true]);
    expect(names.map((name) => readFileSync(name))).toEqual([Buffer.from('a'), LATIN]);
  });
});

describe('what is not there', () => {
  it('has no bytes, needs not be removed, and is on disk already', async () => {
    const root = temporaryFolder();
    expect(await readBytes(root, DROP_IN)).toBeUndefined();
    await removeFile(root, DROP_IN);
    await syncFolders(root, [DROP_IN, '/run/systemd/system.control/x.slice.d/y.conf']);
    expect(contentsOf(root)).toEqual([]);
  });
});
