import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GitError, type GitOptions, git, gitBytes, gitStep } from '../../scripts/host/git.ts';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

/** Puts a program in the place of git, for this test; gives its folder. */
function stand(script: string): string {
  const folder = temporaryFolder();
  writeFiles(folder, { git: `#!/bin/sh\n${script}\n` });
  chmodSync(join(folder, 'git'), 0o755);
  surround({ PATH: `${folder}:${process.env.PATH}` });
  return folder;
}

/** Other surroundings, for this test. */
function surround(settings: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  Object.assign(process.env, settings);
  onTestFinished(() => {
    process.env = before;
  });
}

/** What git is started with. */
async function surroundings(options?: GitOptions): Promise<readonly string[]> {
  return (await git('/x', ['verb'], options)).trimEnd().split('\n');
}

async function failure(options?: GitOptions): Promise<GitError> {
  const error = await git('/x', ['verb'], options).catch((caught: unknown) => caught);
  if (!(error instanceof GitError)) throw new Error('git did not fail');
  return error;
}

describe('git', () => {
  it('gets its arguments as they are, and nothing of what surrounds this process but where programs are', async () => {
    stand('printf "%s\\n" "$@"; env | sort');
    surround({
      GIT_DIR: '/y',
      GIT_CONFIG_COUNT: '1',
      GIT_SSH: 'evil',
      SSH_AUTH_SOCK: '/s',
      LD_PRELOAD: '',
      HOME: '/root',
    });
    const lines = await surroundings();
    expect(lines.slice(lines.indexOf('--git-dir=/x'), lines.indexOf('--git-dir=/x') + 2)).toEqual([
      '--git-dir=/x',
      'verb',
    ]);
    const names = lines
      .flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
      .filter((name) => !/^(PWD|SHLVL|_|OLDPWD)$/.test(name));
    expect(names).toEqual([
      ...['GIT_ALLOW_PROTOCOL', 'GIT_ATTR_NOSYSTEM', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_NOSYSTEM', 'GIT_NO_LAZY_FETCH'],
      ...[
        'GIT_NO_REPLACE_OBJECTS',
        'GIT_OPTIONAL_LOCKS',
        'GIT_TERMINAL_PROMPT',
        'HOME',
        'LC_ALL',
        'PATH',
        'XDG_CONFIG_HOME',
      ],
    ]);
    expect(lines).toEqual(expect.arrayContaining(['HOME=/nonexistent', 'LC_ALL=C', 'GIT_ALLOW_PROTOCOL=', 'PWD=/']));
    expect(lines).toEqual(expect.arrayContaining(['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'gc.auto=0']));
  });

  it('speaks the one protocol that it is told to, and knows of proxies only then', async () => {
    stand('env');
    surround({ https_proxy: 'http://proxy.example.org' });
    expect(await surroundings()).not.toContain('https_proxy=http://proxy.example.org');
    const https = await surroundings({ protocol: 'https' });
    expect(https).toEqual(expect.arrayContaining(['GIT_ALLOW_PROTOCOL=https', 'https_proxy=http://proxy.example.org']));
    const keys = temporaryFolder();
    const ssh = await surroundings({ protocol: 'ssh', keys });
    expect(ssh).toEqual(expect.arrayContaining(['GIT_ALLOW_PROTOCOL=ssh', 'GIT_SSH_VARIANT=ssh', `PWD=${keys}`]));
    expect(ssh.find((line) => line.startsWith('GIT_SSH_COMMAND='))).not.toContain(keys);
  });

  it('itself speaks no other than that', async () => {
    const folder = temporaryFolder();
    await git(join(folder, 'a'), ['init', '--quiet', '--bare']);
    const ask = (url: string, options?: GitOptions) => git('/nonexistent', ['ls-remote', url], options);
    await expect(ask(`file://${folder}/a`)).rejects.toThrow("transport 'file' not allowed");
    await expect(ask(`ext::touch ${folder}/ran`, { protocol: 'file' })).rejects.toThrow("transport 'ext' not allowed");
    expect(await ask(`file://${folder}/a`, { protocol: 'file' })).toBe('');
  });

  it('gives bytes as they are, and takes what it is given to read', async () => {
    stand('printf "\\377\\000\\n"; cat');
    expect(await gitBytes('/x', ['verb'], { input: 'ü' })).toEqual(Uint8Array.from([255, 0, 10, 0xc3, 0xbc]));
  });
});

describe('a failure of git', () => {
  it('has the last words that were said, without what git says to everybody', async () => {
    stand(
      'printf "a\\nb\\nremote: No.\\r\\nfatal: Could not read.\\n\\nPlease make sure you have the correct access rights\\nand the repository exists.\\n" >&2; exit 128',
    );
    const error = await failure();
    expect(error).toMatchObject({ kind: 'exit', exitCode: 128, ofHost: false });
    expect(error.message).toBe('git verb exits 128: b; remote: No; fatal: Could not read');
  });

  it.each([
    'fatal: write error: No space left on device',
    'error: unable to write file: Read-only file system',
    'fatal: Out of memory, malloc failed',
    'error: index-pack died of signal 9',
    'fatal: unable to create temporary file: Permission denied',
  ])('is the host’s if it says %j', async (words) => {
    stand(`echo "${words}" >&2; exit 128`);
    expect((await failure()).ofHost).toBe(true);
  });

  it('can be silence, a signal, too much to say, too long a time, and no git', async () => {
    stand('exit 1');
    expect((await failure()).message).toBe('git verb exits 1: it says nothing');
    stand('kill -9 $$');
    expect(await failure()).toMatchObject({
      message: 'git verb ended by signal SIGKILL',
      kind: 'signal',
      ofHost: true,
    });
    stand('yes');
    expect(await failure({ largest: 1000 })).toMatchObject({ kind: 'too-much', ofHost: false });
    stand('sleep 60');
    for (const protocol of [{}, { protocol: 'https' }] as const) {
      const late = await failure({ timeout: 300, ...protocol });
      expect(late).toMatchObject({ message: 'git verb did not end within 0.3 s', kind: 'timeout', ofHost: true });
    }
    surround({ PATH: '/nonexistent' });
    expect(await failure()).toMatchObject({ message: 'git is not installed', kind: 'missing', ofHost: true });
  });

  it('is one of the host in a step of a verb, with what to do', async () => {
    stand('echo "fatal: No space left on device" >&2; exit 128');
    const step = gitStep('do it', () => git('/x', ['verb']), 'look there');
    await expect(step).rejects.toThrow(HostFailure);
    await expect(step).rejects.toThrow(
      'do it: git verb exits 128: fatal: No space left on device; make room, the next run tries again',
    );
    stand('exit 2');
    await expect(gitStep('do it', () => git('/x', ['verb']), 'look there')).rejects.toThrow(
      'do it: git verb exits 2: it says nothing; look there',
    );
    const other = new Error('other');
    await expect(gitStep('do it', () => Promise.reject(other))).rejects.toBe(other);
  });
});
