import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitFolder } from '../../scripts/host/commit-folder.ts';
import { keepCommitPolicies, readCommitPolicy, writeCommitPolicy } from '../../scripts/host/commit-policy.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { following, GitHost } from '../support/git-host.ts';
import type { GitWorld } from '../support/git-world.ts';
import { contentsOf, unprivilegedAsync } from '../support/temporary-folder.ts';

const FILES = {
  'policy/site.yaml': 'version: 1\n',
  'policy/README.md': 'words\n',
  'policy/groups/student.yaml': 'x: ü\n',
  'policy/members/204214.yaml': '',
  'policy/members/.hidden': 'stray\n',
  'README.md': 'no policy\n',
};

const start = () => following(FILES);

function sorted(files: readonly PolicyFile[]): readonly PolicyFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

describe('policy at a commit', () => {
  it('is what the folder of a checkout holds', async () => {
    const { world, host, first } = await start();
    const files = await readCommitPolicy(host.root, first);
    expect(files).toHaveLength(5);
    expect(sorted(files)).toEqual(sorted(readPolicyFolder(join(world.work, 'policy'))));
    const bytes = Uint8Array.from([0xff, 0, 10, 10]);
    const second = await world.commit('bytes', {
      files: { 'policy/members/x.yml': bytes, 'policy/site.yaml': 'x'.repeat(64 * 1024), 'policy/groups': undefined },
    });
    await host.follow();
    const later = sorted(await readCommitPolicy(host.root, second));
    expect(later).toEqual(sorted(readPolicyFolder(join(world.work, 'policy'))));
    expect(later).toContainEqual({ path: 'members/x.yml', kind: 'file', bytes });
    // The earlier one is still what it was.
    expect(await readCommitPolicy(host.root, first)).toEqual(files);
  });

  it('with a folder that has no place in policy has that as an entry, whatever is in it', async () => {
    const { world, host } = await start();
    const commit = await world.commit('folder', { files: { 'policy/docs/a/b': 'x', 'policy/docs/c.yaml': 'x' } });
    await host.follow();
    const files = await readCommitPolicy(host.root, commit);
    expect(files.filter(({ path }) => path.startsWith('docs'))).toEqual([
      {
        path: 'docs',
        kind: 'unusable',
        rule: 'file-type',
        reason: '"docs" is a folder',
        fix: 'move it out of the policy folder',
      },
    ]);
  });

  it('has its bytes from the objects: attributes run no program and change nothing', async () => {
    const { world, host } = await start();
    const program = join(host.root, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${host.root}/ran\n`);
    chmodSync(program, 0o755);
    const attributes = '* filter=evil diff=evil merge=evil export-subst ident text eol=crlf\n';
    const text = `a: $Format:%H$\nb: $Id$\n`;
    const commit = await world.commit('attributes', {
      files: { '.gitattributes': attributes, 'policy/.gitattributes': attributes, 'policy/site.yaml': text },
    });
    await host.follow();
    for (const key of ['filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'diff.evil.textconv']) {
      await world.git(['config', key, program], host.repository);
    }
    host.write({ 'var/lib/ds01-policy/repository.git/info/attributes': attributes });
    const files = await readCommitPolicy(host.root, commit);
    const site = files.find(({ path }) => path === 'site.yaml');
    expect(site?.kind === 'file' && Buffer.from(site.bytes).toString()).toBe(text);
    expect(files.map(({ path }) => path)).toContain('.gitattributes');
    expect(existsSync(join(host.root, 'ran'))).toBe(false);
    // git itself runs it: the test can fail.
    await world.git(['cat-file', '--filters', `${commit}:policy/site.yaml`], host.repository).catch(() => undefined);
    expect(existsSync(join(host.root, 'ran'))).toBe(true);
  });
});

/** What stands in the place of policy, and how the refusal begins. */
type Shape = readonly [words: string, entries: (world: GitWorld) => Promise<readonly string[]>];

const file = (name: string, mode = '100644'): Shape[1] => {
  return async (world) => [`${mode} blob ${await world.makeBlob('x')}\t${name}`];
};
const many = (count: number, text: string): Shape[1] => {
  return async (world) => {
    const object = await world.makeBlob(text);
    const names = Array.from({ length: count }, (_, index) => `m${String(index).padStart(6, '0')}.yaml`);
    return [`040000 tree ${await world.makeTree(names.map((name) => `100644 blob ${object}\t${name}`))}\tmembers`];
  };
};

const SHAPES: readonly Shape[] = [
  [
    '"policy/site.yaml" of commit COMMIT is a symbolic link; no file of this commit was read',
    file('site.yaml', '120000'),
  ],
  ['"policy/members" of commit COMMIT is a symbolic link', file('members', '120000')],
  ['"policy/members" of commit COMMIT is a submodule', async () => [`160000 commit ${'1'.repeat(40)}\tmembers`]],
  [
    '"policy/groups/a.yaml" of commit COMMIT is a folder where policy has only files',
    async (world) => {
      const deep = await world.makeTree(await file('a.yaml')(world));
      return [`040000 tree ${await world.makeTree([`040000 tree ${deep}\ta.yaml`])}\tgroups`];
    },
  ],
  ['"policy/a\nb.yaml" of commit COMMIT has characters in its name that cannot be seen', file('a\nb.yaml')],
  ['"policy/a\u202eb" of commit COMMIT has characters in its name that cannot be seen', file('a\u202eb')],
  [
    '"policy/groups/\ufffd.yaml" of commit COMMIT has a name that is not UTF-8',
    async (world) => {
      const object = Buffer.from(await world.makeBlob('x'), 'hex');
      const bytes = Buffer.concat([Buffer.from('100644 \xff.yaml\0', 'latin1'), object]);
      return [`040000 tree ${await world.makeObject('tree', bytes)}\tgroups`];
    },
  ],
  [
    '"policy/site.yaml" of commit COMMIT is larger than 64 KiB',
    async (world) => [`100644 blob ${await world.makeBlob('x'.repeat(64 * 1024 + 1))}\tsite.yaml`],
  ],
  // Read from the header of the object, as 1 GiB would be: that costs each of the steps before four seconds.
  [
    '"policy/site.yaml" of commit COMMIT is larger than 64 KiB',
    async (world) => [`100644 blob ${await world.makeBlob('x'.repeat(32 * 1024 * 1024))}\tsite.yaml`],
  ],
  ['the files of commit COMMIT are larger than 64 MiB together', many(1025, 'x'.repeat(64 * 1024))],
  ['commit COMMIT has more than 10000 files in "policy/members/"', many(10_001, 'x')],
  ['commit COMMIT has more than 10000 files in "policy/members/"', many(100_000, 'x')],
];

describe('a commit that no honest one looks like', () => {
  it('is refused, whatever it looks like, and both repositories take the next one', async () => {
    const { world, host, first } = await start();
    for (const [words, entries] of SHAPES) {
      const commit = await world.commitTree(await entries(world), first);
      expect(await host.follow(), words).toBe(commit);
      const refused = readCommitPolicy(host.root, commit);
      await expect(refused, words).rejects.toThrow(HostRefusal);
      await expect(refused, words).rejects.toThrow(words.replace('COMMIT', commit.slice(0, 12)));
    }
    await world.reset(first);
    const next = await world.commit('honest');
    expect(await host.follow()).toBe(next);
    expect(await readCommitPolicy(host.root, next)).toHaveLength(5);
  });

  it('without a policy folder, or with something else in its place', async () => {
    const { world, host } = await start();
    const none = await world.commit('none', { files: { policy: undefined } });
    await host.follow();
    await expect(readCommitPolicy(host.root, none)).rejects.toThrow(
      new HostRefusal(`commit ${none.slice(0, 12)} has no folder "policy"`),
    );
    const other = await world.commit('file', { files: { policy: 'x' } });
    await host.follow();
    await expect(readCommitPolicy(host.root, other)).rejects.toThrow('"policy" of commit');
    await expect(readCommitPolicy(host.root, other)).rejects.toThrow('is not a folder');
  });
});

describe('the files of a commit', () => {
  it('are written for everybody to read, all of them or none, whatever the umask is', async () => {
    const { world, host } = await start();
    const changed = { 'policy/members/.hidden': undefined, 'policy/allow.yaml': 'answers:\n' };
    const commit = await world.commit('clean', { files: changed });
    await host.follow();
    const files = await readCommitPolicy(host.root, commit);
    process.umask(0o077);
    await writeCommitPolicy(host.root, commit, files);
    expect(contentsOf(host.state('commits'))).toEqual([
      `0755 ${commit}/`,
      `0755 ${commit}/policy/`,
      `0644 ${commit}/policy/allow.yaml answers:\n`,
      `0755 ${commit}/policy/groups/`,
      `0644 ${commit}/policy/groups/student.yaml x: ${Buffer.from('ü').toString('latin1')}\n`,
      `0755 ${commit}/policy/members/`,
      `0644 ${commit}/policy/members/204214.yaml `,
      `0644 ${commit}/policy/site.yaml version: 1\n`,
    ]);
    const read = sorted(readPolicyFolder(commitFolder(host.root, commit)));
    expect(read).toEqual(sorted(files.filter(({ path }) => path !== 'README.md')));
    // A second time, nothing is written: it is there.
    await writeCommitPolicy(host.root, commit, []);
    expect(sorted(readPolicyFolder(commitFolder(host.root, commit)))).toEqual(read);
  });

  it.each([
    '../x.yaml',
    'members/../../x.yaml',
    'members/a-b.yaml',
    'docs/a.yaml',
    'docs/allow.yaml',
    '/etc/x.yaml',
    'members/a.yaml/b',
    'x',
  ])('do not become a path if they are called %s', async (path) => {
    const { host, first } = await start();
    const file: PolicyFile = { path, kind: 'file', bytes: new Uint8Array() };
    await expect(writeCommitPolicy(host.root, first, [file])).rejects.toThrow(
      new HostRefusal(`"${path}" of commit ${first.slice(0, 12)} has no place in policy`),
    );
    expect(existsSync(host.state('commits'))).toBe(false);
  });

  it('go when they are not in use any more, with what a killed run left', async () => {
    const { world, host, first } = await start();
    const second = await world.commit('second');
    await host.follow();
    const site: PolicyFile = { path: 'site.yaml', kind: 'file', bytes: new Uint8Array() };
    await writeCommitPolicy(host.root, first, [site]);
    await writeCommitPolicy(host.root, second, [site]);
    mkdirSync(host.state('commits/.0123.ds01-policy-tmp/policy'), { recursive: true });
    await keepCommitPolicies(host.root, [second]);
    expect(readdirSync(host.state('commits'))).toEqual([second]);
    await keepCommitPolicies(host.root, []);
    expect(readdirSync(host.state('commits'))).toEqual([]);
    await keepCommitPolicies(new GitHost(world).root, []);
  });

  it('that cannot be written are a failure of the host, and leave nothing', async () => {
    const { host, first } = await start();
    mkdirSync(host.state('commits'));
    chmodSync(host.state(), 0o755);
    const site: PolicyFile = { path: 'site.yaml', kind: 'file', bytes: new Uint8Array() };
    chmodSync(host.state('commits'), 0o555);
    await expect(unprivilegedAsync(() => writeCommitPolicy(host.root, first, [site]))).rejects.toThrow(HostFailure);
    chmodSync(host.state('commits'), 0o755);
    expect(readdirSync(host.state('commits'))).toEqual([]);
  });
});
