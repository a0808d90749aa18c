import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { chooseTool } from '../../scripts/cli/init-tool.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import { HostRefusal } from '../../scripts/host/host-failure.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

describe('the tool that is given', () => {
  it.each([
    'github:example-org/ds01-policy#v0.1.0',
    'git+https://git.example.org/tools/ds01-policy.git#0123456789abcdef',
    'git+ssh://git@git.example.org/tools/ds01-policy.git#v0.1.0',
    'https://github.com/example-org/ds01-policy/releases/download/v0.1.0/ds01-policy-0.1.0.tgz',
  ])('may be %s', async (spec) => {
    expect(await chooseTool(spec)).toEqual({ spec });
  });

  it.each([
    ['github:example-org/ds01-policy', 'names no commit'],
    ['ds01-policy@latest', 'is whatever a registry has'],
    ['http://example.org/ds01-policy.tgz', 'can be changed on its way'],
    ['git+https://example.org/x.git#$(id)', 'is no name of a commit'],
    ['https://example.org/"},"x":{"y.tgz', 'is more than an address'],
    ['vendor/; id .tgz', 'is no name of a file'],
  ])('is not %s, which %s', async (spec) => {
    const refusal = chooseTool(spec);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow(`--tool "${spec}" is none of what npm can install for good: a release as `);
  });

  it('is kept in the repository if it is a file', async () => {
    const folder = temporaryFolder();
    const bytes = Uint8Array.of(0x1f, 0x8b, 8);
    writeFiles(folder, { 'ds01-policy-0.1.0.tgz': bytes });
    const { spec, file } = await chooseTool(join(folder, 'ds01-policy-0.1.0.tgz'));
    expect(spec).toBe('file:vendor/ds01-policy-0.1.0.tgz');
    expect(file?.path).toBe('vendor/ds01-policy-0.1.0.tgz');
    expect([...(file?.bytes ?? [])]).toEqual([...bytes]);
  });

  it.each([
    ['text.tgz', 'is not a package: it is not compressed as npm pack does'],
    ['missing.tgz', 'cannot be read: ENOENT'],
    ['folder.tgz', 'cannot be read: it is not a file'],
  ])('is no %s, which %s', async (name, why) => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'text.tgz': 'text\n', 'folder.tgz/file': 'x\n' });
    const refusal = chooseTool(join(folder, name));
    await expect(refusal).rejects.toThrow(HostRefusal);
    await expect(refusal).rejects.toThrow(`"${join(folder, name)}" ${why}`);
  });
});

const AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];

const NAME = '{"name":"ds01-policy"}\n';

/** Has this process be a program in a checkout with a remote; gives its commit. */
async function runFrom(url: string, packageJson: string, isPushed = true): Promise<string> {
  const folder = temporaryFolder();
  const git = async (...args: readonly string[]) => (await execa('git', [...AUTHOR, ...args], { cwd: folder })).stdout;
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  onTestFinished(() => void vi.unstubAllEnvs());
  writeFiles(folder, { 'package.json': packageJson, 'node_modules/.cache/program.mjs': '' });
  await git('init', '--quiet');
  await git('add', 'package.json');
  await git('commit', '--quiet', '--message', 'first');
  await git('remote', 'add', 'origin', url);
  if (isPushed) await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  startFrom(join(folder, 'node_modules/.cache/program.mjs'));
  return await git('rev-parse', 'HEAD');
}

function startFrom(program: string): void {
  const { argv } = process;
  process.argv = [argv[0] ?? '', program];
  onTestFinished(() => {
    process.argv = argv;
  });
}

describe('the tool that is not given', () => {
  it.each(['https://github.com/example-org/policy-tool.git', 'git@github.com:example-org/policy-tool.git'])(
    'is the commit that runs, from %s',
    async (url) => {
      const commit = await runFrom(url, NAME);
      expect(await chooseTool(undefined)).toEqual({ spec: `github:example-org/policy-tool#${commit}` });
    },
  );

  it('is not a commit that nobody else has', async () => {
    const commit = await runFrom('https://github.com/example-org/policy-tool.git', NAME, false);
    await expect(chooseTool(undefined)).rejects.toThrow(
      `${commit.slice(0, 12)}, which this program is of, is not on GitHub: push it, or let --tool say a release as `,
    );
  });

  it.each([
    ['on another server', 'https://git.example.org/policy-tool.git', NAME],
    ['of another project, which has installed this program', 'https://github.com/example-org/policy', '{"name":"x"}\n'],
    ['of something else', 'https://github.com/example-org/policy', 'no JSON\n'],
  ])('is not known from a checkout %s', async (_, url, packageJson) => {
    await runFrom(url, packageJson);
    await expect(chooseTool(undefined)).rejects.toThrow(
      'this program does not run from a checkout of ds01-policy on GitHub, so --tool has to say a release as ',
    );
  });

  it('is not known outside of a checkout', async () => {
    const folder = temporaryFolder();
    startFrom(join(folder, basename(folder)));
    await expect(chooseTool(undefined)).rejects.toThrow('so --tool has to say ');
  });
});
