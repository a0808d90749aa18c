import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HostRefusal } from '../../scripts/host/host-failure.ts';
import type { UnitWrite } from '../../scripts/host/unit-files.ts';
import { UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { directoryWriter, makeStateFolder } from '../../scripts/host/unit-writer.ts';
import { contentsOf, temporaryFolder, unprivilegedAsync, writeFiles } from '../support/temporary-folder.ts';
import { AFTER, BEFORE, changesTo, hostWith, unitsOf } from '../support/unit-host.ts';

const DROP_IN = '50-ds01-policy.conf';
const JUST = { finalSteps: [] };

function fail(step: string, sabotage: () => void = () => undefined) {
  return {
    step,
    run: async () => {
      sabotage();
      throw new Error('it did not work');
    },
  };
}

describe('the writer', () => {
  it('makes all changes, and takes the folders of drop-ins with it that hold nothing any more', async () => {
    const root = hostWith(BEFORE);
    await directoryWriter(root).write(changesTo(root), JUST);
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(AFTER)));
    expect(changesTo(root)).toEqual([]);
    // What is somebody else's keeps its folder.
    expect(unitsOf(root)).toContain(
      '0644 ds01-a-kept.slice.d/90-local.conf somebody else’s\n'.replace('’', '\u00e2\u0080\u0099'),
    );
  });

  it('makes folders and files that everybody can read, whatever the umask is', async () => {
    const root = temporaryFolder();
    process.umask(0o077);
    await directoryWriter(root).write([{ kind: 'create', path: `ds01-a-.slice.d/${DROP_IN}`, after: 'a\n' }], JUST);
    await makeStateFolder(root);
    expect(contentsOf(root)).toEqual([
      '0755 etc/',
      '0755 etc/systemd/',
      '0755 etc/systemd/system/',
      '0755 etc/systemd/system/ds01-a-.slice.d/',
      `0644 etc/systemd/system/ds01-a-.slice.d/${DROP_IN} a\n`,
      '0755 var/',
      '0755 var/lib/',
      '0755 var/lib/ds01-policy/',
    ]);
  });

  it('works in a root that is named relative to the current folder, and leaves the folders above it alone', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'inner'));
    chmodSync(join(root, 'inner'), 0o700);
    const before = process.cwd();
    process.chdir(root);
    onTestFinished(() => process.chdir(before));
    await directoryWriter('./inner/').write([{ kind: 'create', path: 'ds01.slice', after: 'a\n' }], JUST);
    await makeStateFolder('inner');
    expect(contentsOf(root).filter((line) => !line.includes('/var'))).toEqual([
      '0700 inner/',
      '0755 inner/etc/',
      '0755 inner/etc/systemd/',
      '0755 inner/etc/systemd/system/',
      '0644 inner/etc/systemd/system/ds01.slice a\n',
    ]);
  });

  it('puts a new file in the place of the old one, and never writes into it: nobody reads half of it', async () => {
    const root = hostWith(BEFORE);
    const target = join(root, UNIT_FOLDER, 'ds01-a.slice');
    linkSync(target, join(root, 'old'));
    await directoryWriter(root).write(changesTo(root), JUST);
    expect(readFileSync(join(root, 'old'), 'utf8')).toBe('old a\n');
    expect(readFileSync(target, 'utf8')).toBe('new a\n');
  });

  it('runs the last steps in order, when everything is in its place', async () => {
    const root = hostWith(BEFORE);
    const seen: string[] = [];
    const step = (name: string) => ({
      step: name,
      run: async () => void seen.push(`${name} ${unitsOf(root).join() === unitsOf(hostWith(AFTER)).join()}`),
    });
    await directoryWriter(root).write(changesTo(root), { finalSteps: [step('one'), step('two')] });
    expect(seen).toEqual(['one true', 'two true']);
  });
});

describe('a failure', () => {
  it('of a last step puts everything back as it was, byte by byte', async () => {
    const root = hostWith(BEFORE);
    const latin = Buffer.from('old caf\u00e9\n', 'latin1');
    writeFileSync(join(root, UNIT_FOLDER, 'ds01-a.slice'), latin);
    const before = unitsOf(root);
    // The umask counts for the way back as well.
    process.umask(0o077);
    await expect(
      directoryWriter(root).write(changesTo(root), { finalSteps: [fail('read back')] }),
    ).rejects.toMatchObject({
      name: 'HostFailure',
      step: 'read back',
      state: 'restored',
      message: 'read back: it did not work',
      hint: '',
    });
    expect(unitsOf(root)).toEqual(before);
  });

  it('of a last step on a host that had nothing leaves nothing but the folder of units', async () => {
    const root = temporaryFolder();
    const changes: readonly UnitWrite[] = [
      { kind: 'create', path: 'ds01.slice', after: 'a\n' },
      { kind: 'create', path: `ds01-a-.slice.d/${DROP_IN}`, after: 'b\n' },
    ];
    await expect(directoryWriter(root).write(changes, { finalSteps: [fail('x')] })).rejects.toMatchObject({
      state: 'restored',
    });
    expect(unitsOf(root)).toEqual([]);
  });

  it('of the way back is told as what it is, with the first reason; all else is put back', async () => {
    const root = hostWith(BEFORE);
    const target = join(root, UNIT_FOLDER, 'ds01-a.slice');
    const sabotage = () => {
      rmSync(target);
      mkdirSync(target);
    };
    await expect(
      directoryWriter(root).write(changesTo(root), { finalSteps: [fail('read back', sabotage)] }),
    ).rejects.toMatchObject({
      step: 'read back',
      state: 'broken',
      message: expect.stringMatching(
        /^read back: it did not work; the earlier files could not be put back either: .*; look at .*, then run apply again$/,
      ),
    });
    const others = (lines: readonly string[]) => lines.filter((line) => !line.includes('ds01-a.slice'));
    expect(others(unitsOf(root))).toEqual(others(unitsOf(hostWith(BEFORE))));
  });

  it('before the first change leaves the host untouched: a folder that cannot be written to', async () => {
    const root = hostWith(BEFORE);
    chmodSync(join(root, UNIT_FOLDER), 0o555);
    const before = unitsOf(root);
    const write = () => directoryWriter(root).write(changesTo(root), JUST);
    await expect(unprivilegedAsync(write)).rejects.toMatchObject({
      step: 'write the new files beside the old ones',
      state: 'untouched',
      message: expect.stringContaining('EACCES'),
    });
    expect(unitsOf(root)).toEqual(before);
  });

  it('before the first change takes the folders with it that were made', async () => {
    const root = temporaryFolder();
    const changes: readonly UnitWrite[] = [
      { kind: 'create', path: `ds01-a-.slice.d/${DROP_IN}`, after: 'a\n' },
      { kind: 'create', path: `${'x'.repeat(300)}.slice`, after: 'b\n' },
    ];
    await expect(directoryWriter(root).write(changes, JUST)).rejects.toMatchObject({ state: 'untouched' });
    expect(unitsOf(root)).toEqual([]);
  });

  const canMount = process.geteuid?.() === 0 && tryMount();
  it.skipIf(!canMount)('before the first change: no space left on the device', async () => {
    const root = hostWith({ 'ds01.slice': 'x' });
    const folder = join(root, 'etc');
    execaSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    onTestFinished(() => void execaSync('umount', [folder]));
    writeFiles(root, { [`${UNIT_FOLDER}/ds01-a.slice`]: 'old\n' });
    const before = unitsOf(root);
    const changes: readonly UnitWrite[] = [
      { kind: 'update', path: 'ds01-a.slice', before: 'old\n', after: 'new\n' },
      { kind: 'create', path: `ds01-b.slice.d/${DROP_IN}`, after: 'x'.repeat(80 * 1024) },
    ];
    await expect(directoryWriter(root).write(changes, JUST)).rejects.toMatchObject({
      state: 'untouched',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(unitsOf(root)).toEqual(before);
  });
});

function tryMount(): boolean {
  const probe = execaSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { reject: false });
  if (probe.failed) console.warn('no file system can be mounted here: a full one is not tested');
  return !probe.failed;
}

describe('what changed after the plan was made is not overwritten', () => {
  const untouched = { state: 'untouched', message: expect.stringContaining('is not as it was when the plan was made') };

  it.each<readonly [string, UnitWrite]>([
    ['a new file', { kind: 'create', path: 'other.slice', after: 'x' }],
    ['an edited one', { kind: 'update', path: 'ds01-a.slice', before: 'older a\n', after: 'x' }],
    ['a removed one', { kind: 'update', path: 'ds01-missing.slice', before: 'x', after: 'y' }],
    ['an edited one that is to be removed', { kind: 'remove', path: 'ds01-gone.slice', before: 'older\n' }],
    ['a removed one that is to be removed', { kind: 'remove', path: 'ds01-missing.slice', before: 'x' }],
  ])('%s', async (_title, change) => {
    const root = hostWith(BEFORE);
    const changes = [...changesTo(root).slice(0, 2), change];
    await expect(directoryWriter(root).write(changes, JUST)).rejects.toMatchObject(untouched);
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
  });

  it('a link in the place of a folder', async () => {
    const root = hostWith(BEFORE);
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, UNIT_FOLDER, 'ds01-b-.slice.d'));
    await expect(directoryWriter(root).write(changesTo(root), JUST)).rejects.toMatchObject({
      state: 'untouched',
      message: expect.stringContaining('ds01-b-.slice.d is a symbolic link, not a folder'),
    });
    expect(contentsOf(join(root, 'elsewhere'))).toEqual([]);
  });
});

describe('the folder for the state of the tool', () => {
  it('is not made through a link', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'elsewhere'));
    mkdirSync(join(root, 'var'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'var/lib'));
    await expect(makeStateFolder(root)).rejects.toThrow(HostRefusal);
    expect(contentsOf(join(root, 'elsewhere'))).toEqual([]);
  });

  it('is a failure of the host if it cannot be made', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'var'));
    chmodSync(join(root, 'var'), 0o555);
    await expect(unprivilegedAsync(() => makeStateFolder(root))).rejects.toMatchObject({
      name: 'HostFailure',
      step: `make ${join(root, 'var/lib/ds01-policy')}`,
      state: 'untouched',
    });
  });

  it('that is there already keeps its mode', async () => {
    const root = hostWith({});
    chmodSync(join(root, 'var/lib/ds01-policy'), 0o750);
    await makeStateFolder(root);
    expect(contentsOf(join(root, 'var/lib'))).toEqual(['0750 ds01-policy/', '0644 ds01-policy/lock ']);
  });
});
