import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const LIMIT = 64 * 1024;

function read(folder: string): readonly PolicyFile[] {
  return [...readPolicyFolder(folder)].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function bytesOf(file: PolicyFile | undefined): number | string | undefined {
  return file?.kind === 'file' ? file.bytes.length : file?.rule;
}

describe('a policy folder', () => {
  it('is read two levels deep, byte by byte, whatever the files are called', () => {
    const folder = temporaryFolder();
    const bytes = Uint8Array.from([0xff, 0, 10]);
    writeFiles(folder, {
      'site.yaml': 'a: ü\n',
      'groups/x.yaml': '',
      'members/y.yml': bytes,
      '.hidden': '1',
      'members/.x': '2',
    });
    expect(read(folder)).toEqual([
      { path: '.hidden', kind: 'file', bytes: new TextEncoder().encode('1') },
      { path: 'groups/x.yaml', kind: 'file', bytes: new Uint8Array() },
      { path: 'members/.x', kind: 'file', bytes: new TextEncoder().encode('2') },
      { path: 'members/y.yml', kind: 'file', bytes },
      { path: 'site.yaml', kind: 'file', bytes: new TextEncoder().encode('a: ü\n') },
    ]);
  });

  it('has no more than 64 KiB in a file', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { exact: 'x'.repeat(LIMIT), more: 'x'.repeat(LIMIT + 1), huge: 'x'.repeat(LIMIT * 40) });
    expect(read(folder).map((file) => [file.path, bytesOf(file)])).toEqual([
      ['exact', LIMIT],
      ['huge', 'file-size'],
      ['more', 'file-size'],
    ]);
    expect(read(folder)[2]).toMatchObject({ kind: 'unusable', reason: '"more" is larger than 64 KiB' });
  });

  it('has no links: what they lead to is not what was reviewed', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'elsewhere/site.yaml': 'x', 'policy/groups/a.yaml': 'x' });
    symlinkSync('../elsewhere/site.yaml', join(folder, 'policy/site.yaml'));
    symlinkSync('../elsewhere', join(folder, 'policy/members'));
    symlinkSync('nowhere', join(folder, 'policy/groups/b.yaml'));
    linkSync(join(folder, 'elsewhere/site.yaml'), join(folder, 'policy/groups/hard.yaml'));
    const files = read(join(folder, 'policy'));
    expect(files.map((file) => [file.path, bytesOf(file)])).toEqual([
      ['groups/a.yaml', 1],
      ['groups/b.yaml', 'file-type'],
      ['groups/hard.yaml', 1],
      ['members', 'file-type'],
      ['site.yaml', 'file-type'],
    ]);
    expect(files[4]).toMatchObject({ reason: '"site.yaml" is a symbolic link', fix: 'put the file itself here' });
  });

  it('has nothing but files and two folders: a pipe is not opened, or it would wait for ever', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'members/deep.yaml'), { recursive: true });
    writeFileSync(join(folder, 'members/deep.yaml/site.yaml'), 'x');
    execaSync('mkfifo', [join(folder, 'members/pipe.yaml')]);
    expect(read(folder)).toEqual([
      {
        path: 'members/deep.yaml',
        kind: 'unusable',
        rule: 'file-type',
        reason: '"members/deep.yaml" is a folder',
        fix: 'move it out of the policy folder',
      },
      {
        path: 'members/pipe.yaml',
        kind: 'unusable',
        rule: 'file-type',
        reason: '"members/pipe.yaml" is neither a file nor a folder',
        fix: 'move it out of the policy folder',
      },
    ]);
  });

  it('gives what cannot be read as an entry: it must never look like an empty file, or like none', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'site.yaml': 'x', 'members/a.yaml': 'x', 'groups/a.yaml': 'x' });
    chmodSync(join(folder, 'site.yaml'), 0);
    chmodSync(join(folder, 'members'), 0);
    const files = unprivileged(() => read(folder));
    chmodSync(join(folder, 'members'), 0o755);
    expect(files.map((file) => [file.path, bytesOf(file)])).toEqual([
      ['groups/a.yaml', 1],
      ['members', 'file-unreadable'],
      ['site.yaml', 'file-unreadable'],
    ]);
    expect(files[2]).toMatchObject({
      reason: expect.stringMatching(/^cannot be read: EACCES/),
      fix: 'make it readable for the user who runs this',
    });
  });

  it('that is not there, or is a file, or may not be read, is an entry itself', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { file: 'x', 'closed/site.yaml': 'x' });
    chmodSync(join(folder, 'closed'), 0);
    const unusable = { path: '.', kind: 'unusable', rule: 'file-unreadable' };
    expect(read(join(folder, 'missing'))).toMatchObject([{ ...unusable, reason: 'there is no policy folder here' }]);
    expect(read(join(folder, 'file'))).toMatchObject([{ ...unusable, reason: expect.stringContaining('ENOTDIR') }]);
    expect(unprivileged(() => read(join(folder, 'closed')))).toMatchObject([
      { ...unusable, reason: expect.stringContaining('EACCES') },
    ]);
  });
});
