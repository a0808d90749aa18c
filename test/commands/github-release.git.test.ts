// A tag becomes a release; what is uploaded is what was summed up and attested.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { GithubPlace, NAME, TOKEN } from './github-place.ts';
import { memberFile } from './world.ts';

const { version } = packageJson;
const TAG = `v${version}`;
const PACKAGE = `ds01-policy-${version}.tgz`;

let place: GithubPlace;
let folder: string;
beforeEach(async () => {
  place = await GithubPlace.make();
  const { work } = place;
  await work.git('tag', 'v0.0.9');
  work.policy({ 'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2027-03-31\n') });
  await work.commit('Grant researcher to 100001');
  await work.git('tag', TAG);
  work.write('CHANGELOG.md', `# Changelog\n\n## [Unreleased]\n\n## [${version}] - 2026-11-24\n\n- A thing.\n`);
  await work.commit('Say what users notice');
  await work.git('push', '--quiet', '--tags', 'origin', 'main');
  folder = await place.checkOut('refs/heads/main');
  await work.git('-C', folder, 'fetch', '--quiet', '--tags', 'origin');
  // What the step before has made.
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'dist', PACKAGE), 'the package');
});

function run(step: string, env: Readonly<Record<string, string>> = {}) {
  const given = { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: TAG, ...env };
  const payload = { ref: `refs/tags/${TAG}`, repository: { full_name: NAME, default_branch: 'main' } };
  return place.run('release.yml', folder, { event: 'push', payload, env: given }, `github ${step}`);
}

function inFolder(path: string): string {
  return readFileSync(join(folder, path), 'latin1');
}

function sum(path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(folder, path)))
    .digest('hex');
}

describe('a release', () => {
  it('is the program, the package, and the checksums of both', async () => {
    expect(await run('release')).toMatchObject({
      exitCode: 0,
      stdout: `dist: ds01-policy.mjs, ${PACKAGE}, SHA256SUMS\n`,
      stderr: '',
    });
    const sums = [PACKAGE, 'ds01-policy.mjs'].map((name) => `${sum(`dist/${name}`)}  ${name}\n`);
    expect(inFolder('dist/SHA256SUMS')).toBe(sums.join(''));
    expect(inFolder('dist/ds01-policy.mjs')).toContain('process.exitCode');
  });

  it('is published with its notes, by gh, with the token of the run', async () => {
    await run('release');
    const bin = join(folder, '..', 'bin');
    mkdirSync(bin);
    const script = `#!/bin/sh\nprintf '%s\\n' "$GH_TOKEN" "$@" > ${bin}/called\n`;
    writeFileSync(join(bin, 'gh'), script);
    chmodSync(join(bin, 'gh'), 0o755);
    const published = await run('publish', { PATH: `${bin}:${process.env.PATH}` });
    expect(published).toMatchObject({ exitCode: 0, stdout: `published ${TAG}\n`, stderr: '' });
    const files = [`dist/ds01-policy.mjs`, `dist/${PACKAGE}`, 'dist/SHA256SUMS'];
    const [token, ...args] = readFileSync(join(bin, 'called'), 'utf8').trimEnd().split('\n');
    expect(token).toBe(TOKEN);
    const notes = expect.stringMatching(/notes\.md$/);
    const expected = ['release', 'create', TAG, '--verify-tag', '--title', TAG, '--notes-file', notes, '--', ...files];
    expect(args).toEqual(expected);
  });

  it('says what users notice, and what became of policy since the last one', async () => {
    await run('release');
    const notes = readFileSync(`${folder}.tmp/ds01-policy-release/notes.md`, 'utf8');
    expect(notes).toMatch(
      /^- A thing\.\n\n### Policy\n\n- 2026-11-[0-9]{2}: .*researcher.*100001.*\n\n### Checking the files\n/,
    );
    expect(notes.match(/^- 2026/gm)).toHaveLength(1);
  });
});

describe('no release', () => {
  it.each(['v9.9.9', '::error::x'])('is made of the tag "%s"', async (tag) => {
    const refused = await run('release', { GITHUB_REF_NAME: tag });
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(() => inFolder('dist/SHA256SUMS')).toThrow('ENOENT');
  });

  it('is made of a branch that is called like one', async () => {
    expect(await run('release', { GITHUB_REF_TYPE: 'branch' })).toMatchObject({ exitCode: 3, stdout: '' });
  });

  it('is made without a word for its users', async () => {
    writeFileSync(join(folder, 'CHANGELOG.md'), `# Changelog\n\n## [${version}]\n\n## [0.0.9]\n\n- Old.\n`);
    const refused = await run('release');
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain(`CHANGELOG.md has no part "## [${version}]"`);
  });

  it('is made of half of the files', async () => {
    rmSync(join(folder, 'dist', PACKAGE));
    const refused = await run('release');
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain(`"dist/${PACKAGE}" is missing`);
  });
});
