import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PolicyCheckout } from './policy-checkout.ts';

async function changed(): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  place.edit('groups/student.yaml', 'cpus: 16', 'cpus: 8');
  await place.commit('Halve the cores of a container');
  return place;
}

describe.concurrent('hooks and signing are those of whoever runs it', () => {
  it.each([
    ['a hook that speaks against it', "echo 'write a ticket number' >&2; exit 1", 'git commit: write a ticket number'],
    [
      'a hook that commits something else on the way',
      'rm policy/members/204214.yaml; git add --all',
      'a hook of this repository has changed what was to be committed; commit without that hook',
    ],
  ])('%s leaves nothing behind', async (_what, script, message) => {
    const place = await changed();
    place.hook('pre-commit', script);
    const before = await place.state();
    const stderr = `ds01-policy: ${message}\nnothing was changed\n`;
    expect(await place.rollback('HEAD')).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  it('a hook finds the files, with what is to be committed, and may add to the message', async () => {
    const place = await changed();
    place.hook('pre-commit', 'grep -q "cpus: 16" policy/groups/student.yaml && test -e .gitignore');
    place.hook('commit-msg', 'echo "Ticket: 4" >> "$1"');
    expect(await place.rollback('HEAD')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('log', '-1', '--format=%(trailers:key=Ticket)')).toBe('Ticket: 4\n');
  });

  it('a signature that does not come about leaves nothing behind', async () => {
    const place = await changed();
    await place.git('config', 'commit.gpgSign', 'true');
    await place.git('config', 'gpg.program', 'false');
    const before = await place.state();
    const { exitCode, stderr } = await place.rollback('HEAD');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^ds01-policy: git commit: gpg failed to sign the data.*\nnothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });

  it('a new branch that can be checked out only in part is not there afterwards, and nobody calls that a success', async () => {
    const place = await changed();
    // A filter that works only where there is no root/.
    place.write('.git/info/attributes', 'student.yaml filter=broken\n');
    await place.git('config', 'filter.broken.smudge', 'test ! -e root && cat');
    await place.git('config', 'filter.broken.clean', 'cat');
    await place.git('config', 'filter.broken.required', 'true');
    const { exitCode, stdout, stderr } = await place.rollback('HEAD');
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toMatch(/^ds01-policy: switch to the new branch: git switch: .*filter .*failed/);
    expect(stderr).toContain('; git has left policy/groups/student.yaml changed; git restore --staged --worktree .');
    expect(await place.git('branch', '--format=%(refname)')).toBe('refs/heads/main');
  });
});

describe.concurrent('killed', () => {
  // A git that does what it is told, and then ends the program that called it.
  const killer = async (place: PolicyCheckout, command: string) => {
    const { stdout } = await place.shell('command -v git');
    place.write('bin/git', `#!/bin/sh\n${stdout.trim()} "$@"\ncase " $* " in *" ${command} "*) kill -9 $PPID;; esac\n`);
    chmodSync(place.at('bin/git'), 0o755);
    return { PATH: `${place.at('bin')}:${process.env.PATH}` };
  };

  it.each(['worktree add', 'update-ref'])('after git %s: the next run is as the first', async (command) => {
    const place = await changed();
    const main = await place.git('rev-parse', 'main');
    const env = await killer(place, command);
    expect(await place.program(['rollback', 'HEAD'], env)).toMatchObject({ exitCode: undefined, stdout: '' });
    // Where somebody works, nothing has happened.
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
    expect(await place.git('status', '--porcelain', '--untracked-files=all')).toBe('');
    expect(await place.git('rev-parse', 'main')).toBe(main);
    expect(await place.rollback('HEAD')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('diff', '--stat', 'main~1', 'HEAD')).toBe('');
    expect(await place.git('worktree', 'list')).toMatch(/^[^\n]+$/);
  });
});
