import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { directoryReader, TEMPORARY, UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import type { FoundFile } from '../../scripts/units/plan.ts';
import { contentsOf, temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

function read(root: string): readonly FoundFile[] {
  return [...directoryReader(root).readUnits()].map(atNoTime).sort((a, b) => (a.path < b.path ? -1 : 1));
}

// When a file was written has a test of its own.
function atNoTime(file: FoundFile): FoundFile {
  return file.kind === 'file' ? { kind: 'file', path: file.path, text: file.text } : file;
}

function units(root: string, texts: Readonly<Record<string, string>>): void {
  writeFiles(join(root, UNIT_FOLDER), texts);
}

describe('the reader of a directory', () => {
  it('finds nothing on a host that has no unit folder, and makes none', () => {
    const root = temporaryFolder();
    expect(read(root)).toEqual([]);
    writeFiles(root, { 'etc/systemd/x': '' });
    expect(read(root)).toEqual([]);
    expect(contentsOf(root)).toEqual(['0755 etc/', '0755 etc/systemd/', '0644 etc/systemd/x ']);
  });

  it('finds every slice and every file of a slice’s drop-in folder, ours or not, and nothing else', () => {
    const root = temporaryFolder();
    units(root, {
      'ds01.slice': 'a',
      'other.slice': 'b',
      'ds01-x-.slice.d/50-ds01-policy.conf': 'c',
      'ds01-x-.slice.d/notes.txt': 'd',
      'ssh.service': '',
      'ssh.service.d/x.conf': '',
      'ds01.slice.bak': '',
      slice: '',
    });
    expect(read(root)).toEqual([
      { kind: 'file', path: 'ds01-x-.slice.d/50-ds01-policy.conf', text: 'c' },
      { kind: 'file', path: 'ds01-x-.slice.d/notes.txt', text: 'd' },
      { kind: 'file', path: 'ds01.slice', text: 'a' },
      { kind: 'file', path: 'other.slice', text: 'b' },
    ]);
  });

  it('does not see what a killed run left: systemd does not read it, either', () => {
    const root = temporaryFolder();
    units(root, {
      'ds01.slice': 'a',
      '.ds01.slice.0123456789ab.ds01-policy-tmp': 'b',
      'ds01-x.slice.d/.50-ds01-policy.conf.0123456789ab.ds01-policy-tmp': 'c',
    });
    expect(read(root).map(({ path }) => path)).toEqual(['ds01.slice']);
    expect(TEMPORARY.test('50-ds01-policy.conf')).toBe(false);
  });

  it('says when a file was written', () => {
    const root = temporaryFolder();
    units(root, { 'ds01.slice': 'a' });
    utimesSync(join(root, UNIT_FOLDER, 'ds01.slice'), 1000, 2000);
    expect(directoryReader(root).readUnits()).toMatchObject([{ path: 'ds01.slice', modified: 2_000_000 }]);
  });

  it('finds what is in the other folders of the load path, with whole paths, and does not go through links there', () => {
    const root = temporaryFolder();
    units(root, { 'ds01.slice': 'a' });
    writeFiles(root, {
      'run/systemd/system/ds01.slice.d/x.conf': 'b',
      'run/systemd/system/slice.d/y.conf': 'c',
      'usr/lib/systemd/system/ds01-z.slice': 'd',
      'usr/lib/systemd/system/ssh.service': '',
    });
    symlinkSync('usr/lib', join(root, 'lib'));
    const loadPath = ['/run/systemd/system', '/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'];
    const found = directoryReader(root, loadPath).readUnits();
    expect(found.map(({ path }) => path)).toEqual([
      'ds01.slice',
      '/run/systemd/system/ds01.slice.d/x.conf',
      '/run/systemd/system/slice.d/y.conf',
      '/usr/lib/systemd/system/ds01-z.slice',
    ]);
  });

  it('names what is no file, and does not open it', () => {
    const root = temporaryFolder();
    const folder = join(root, UNIT_FOLDER);
    units(root, { 'ds01-y.slice.d/a.conf': 'x' });
    mkdirSync(join(folder, 'ds01-folder.slice'));
    mkdirSync(join(folder, 'ds01-y.slice.d/sub'));
    symlinkSync('ds01-y.slice.d', join(folder, 'ds01-z.slice.d'));
    symlinkSync('/dev/null', join(folder, 'ds01-masked.slice'));
    execaSync('mkfifo', [join(folder, 'ds01-pipe.slice')]);
    expect(read(root)).toEqual([
      { kind: 'obstacle', path: 'ds01-folder.slice', what: 'a folder' },
      { kind: 'obstacle', path: 'ds01-masked.slice', what: 'a symbolic link' },
      { kind: 'obstacle', path: 'ds01-pipe.slice', what: 'neither a file nor a folder' },
      { kind: 'file', path: 'ds01-y.slice.d/a.conf', text: 'x' },
      { kind: 'obstacle', path: 'ds01-y.slice.d/sub', what: 'a folder' },
      { kind: 'obstacle', path: 'ds01-z.slice.d', what: 'a symbolic link' },
    ]);
  });

  it.each(['etc', 'etc/systemd', 'etc/systemd/system'])(
    'refuses a link in the place of %s: it could lead out of the root',
    (path) => {
      const root = temporaryFolder();
      mkdirSync(join(root, 'elsewhere'));
      mkdirSync(join(root, path, '..'), { recursive: true });
      symlinkSync(join(root, 'elsewhere'), join(root, path));
      expect(() => read(root)).toThrow(HostRefusal);
      expect(() => read(root)).toThrow(`${join(root, path)} is a symbolic link, not a folder`);
    },
  );

  it('refuses a file in the place of a folder', () => {
    const root = temporaryFolder();
    writeFiles(root, { 'etc/systemd': '' });
    expect(() => read(root)).toThrow(`${join(root, 'etc/systemd')} is a file, not a folder`);
  });

  it('refuses a root that is missing, or is a file, or cannot be looked at', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { file: '', 'closed/root/x': '' });
    chmodSync(join(folder, 'closed'), 0);
    expect(() => directoryReader(join(folder, 'missing'))).toThrow(HostRefusal);
    expect(() => directoryReader(join(folder, 'missing'))).toThrow('missing: no such folder');
    expect(() => directoryReader(join(folder, 'file'))).toThrow('is not a folder');
    expect(() => unprivileged(() => directoryReader(join(folder, 'closed/root')))).toThrow(HostRefusal);
  });

  it('never takes a folder that it may not read for an empty one', () => {
    for (const [closed, error] of [
      ['etc', HostRefusal],
      ['etc/systemd', HostRefusal],
      [UNIT_FOLDER, HostFailure],
    ] as const) {
      const root = temporaryFolder();
      units(root, { 'ds01.slice': 'a' });
      chmodSync(join(root, closed), 0);
      expect(() => unprivileged(() => read(root))).toThrow(error);
      expect(() => unprivileged(() => read(root))).toThrow('EACCES');
      chmodSync(join(root, closed), 0o755);
    }
    const root = temporaryFolder();
    units(root, { 'ds01.slice': 'a' });
    chmodSync(join(root, UNIT_FOLDER, 'ds01.slice'), 0);
    expect(() => unprivileged(() => read(root))).toThrow(HostFailure);
  });

  it('follows a root that is a link itself: the user named it', () => {
    const folder = temporaryFolder();
    units(join(folder, 'real'), { 'ds01.slice': 'a' });
    symlinkSync('real', join(folder, 'root'));
    expect(directoryReader(join(folder, 'root')).name).toBe(join(folder, 'root'));
    expect(read(join(folder, 'root'))).toEqual([{ kind: 'file', path: 'ds01.slice', text: 'a' }]);
  });
});
