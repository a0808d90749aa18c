import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PolicyCheckout } from './policy-checkout.ts';
import { addRemote, changedLines, fakeGh, ghCall, onRemote } from './proposing.ts';
import { memberFile, Place, PROGRAM } from './world.ts';

const GRANT = ['grant', '100001', 'researcher', '--until', '2027-03-31', '--reason', 'CPU-bound work'];
const BRANCH = 'grant/100001';
const IN_THE_WAY =
  `look at it with git switch ${BRANCH}; it may have a pull request that is open; ` +
  `if that is over, git branch -D ${BRANCH} and git fetch --prune`;

/** A PATH without gh, whatever is installed here: only what the program needs. */
async function withoutGh(place: PolicyCheckout): Promise<Readonly<Record<string, string>>> {
  mkdirSync(place.at('bin'));
  await place.shell('for name in git node sh; do ln -s "$(command -v $name)" bin/; done');
  return { PATH: place.at('bin') };
}

async function withRemote(url: string): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  await addRemote(place, url);
  return place;
}

describe.concurrent('after the commit', () => {
  it('without a remote, that is all, and it says so', async () => {
    const place = await PolicyCheckout.make();
    const { exitCode, stdout, stderr } = await place.program(GRANT);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/\nthere is no remote repository, so nothing was pushed\n/);
    expect(stdout).toMatch(
      /\n {2}git remote add origin URL +where the policy repository is\n {2}git push --set-upstream origin grant\/100001 /,
    );
  });

  it('with --no-push, nothing is asked of the remote', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    const env = fakeGh(place);
    const { exitCode, stdout } = await place.program([...GRANT, '--no-push'], env);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\n {2}git push --set-upstream origin grant\/100001 +then open the pull request/);
    expect(await onRemote(place, BRANCH)).toBe('');
    expect(ghCall(place)).toBeUndefined();
  });

  it.each([
    ['https://github.com/lab/policy.git', 'https://github.com/lab/policy/compare/main...grant/100001?expand=1'],
    [
      'git@gitlab.example.org:lab/policy.git',
      'https://gitlab.example.org/lab/policy/-/merge_requests/new?merge_request%5Bsource_branch%5D=grant%2F100001&merge_request%5Btarget_branch%5D=main',
    ],
    ['https://git.example.org/lab/policy.git', 'open the pull request'],
  ])('without gh, %s has the page %s', async (url, page) => {
    const place = await withRemote(url);
    const { exitCode, stdout, stderr } = await place.program(GRANT, await withoutGh(place));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('\npushed to origin\n');
    expect(stdout).toContain(`\n  ${page}  `);
    expect(await onRemote(place, BRANCH)).toBe(await place.git('rev-parse', 'HEAD'));
  });

  it('what gh says against it is said, with the page, and is no success', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    const env = fakeGh(place, 'echo "GraphQL: no\u001b[31m" >&2; exit 1');
    const { exitCode, stdout, stderr } = await place.program(GRANT, env);
    expect(exitCode).toBe(4);
    expect(stdout).toContain(
      '\n  https://github.com/lab/policy/compare/main...grant/100001?expand=1  opens the pull request',
    );
    expect(stderr).toBe(
      'ds01-policy: the branch is pushed, and there is no pull request: gh pr exits 1: GraphQL: no\\u{1b}[31m\n',
    );
    expect(await onRemote(place, BRANCH)).toBe(await place.git('rev-parse', 'HEAD'));
  });

  it('a push that is refused leaves the commit, and says how to go on', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    const hook = place.at('root/remote.git/hooks/pre-receive');
    place.write('root/remote.git/hooks/pre-receive', '#!/bin/sh\necho "sign your commits" >&2; exit 1\n');
    chmodSync(hook, 0o755);
    const env = fakeGh(place);
    const { exitCode, stdout, stderr } = await place.program(GRANT, env);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^ds01-policy: the commit is made and not pushed: git push: sign your commits; git push --set-upstream origin grant\/100001 tries again\n$/,
    );
    expect(stdout).toContain('on branch grant/100001, which is checked out now\n');
    expect(stdout).not.toContain('pushed to');
    expect(ghCall(place)).toBeUndefined();
    expect(await place.git('log', '-1', '--format=%s')).toContain('Grant researcher to 100001');
  });
});

describe.concurrent('is refused, and nothing is changed:', () => {
  const refused = async (place: PolicyCheckout, message: string, args: readonly string[] = GRANT) => {
    const before = await place.state();
    const stderr = `ds01-policy: ${message}\nnothing was changed\n`;
    expect(await place.program(args, fakeGh(place))).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
    expect(ghCall(place)).toBeUndefined();
  };

  it('a tree with changes', async () => {
    const place = await PolicyCheckout.make();
    place.edit('groups/student.yaml', 'cpus: 16', 'cpus: 8');
    place.write('policy/members/new.yaml', 'x\n');
    const names = 'policy/groups/student.yaml, policy/members/new.yaml';
    await refused(
      place,
      `there are changes in no commit: ${names}; commit them first, or git stash --include-untracked`,
    );
  });

  it('a branch that lacks what the remote is known to have', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    place.write('README.md', 'x\n');
    await place.commit('Explain');
    await place.git('push', '--quiet');
    await place.git('reset', '--quiet', '--hard', 'HEAD~1');
    await refused(place, 'origin/main has what main lacks: behind 1; git pull first');
    place.write('README.md', 'y\n');
    await place.commit('Explain otherwise');
    await refused(place, 'main and origin/main have gone different ways: ahead 1, behind 1; git pull first');
  });

  it('a branch that exists here', async () => {
    const place = await PolicyCheckout.make();
    await place.git('branch', BRANCH);
    await refused(place, `branch ${BRANCH} exists already: ${IN_THE_WAY}`);
  });

  it('a branch that exists on the remote, and is not known here', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    await place.git('--git-dir', place.at('root/remote.git'), 'branch', BRANCH, 'main');
    await refused(place, `branch ${BRANCH} exists already on origin: git fetch, then ${IN_THE_WAY}`);
  });

  it('the branch of another change, whose pull request would bring this one along', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    await place.git('switch', '--quiet', '--create', 'extend/204214');
    const way = 'git switch to the branch that hosts follow, or add to this one with --no-commit';
    await refused(place, `extend/204214, which is checked out, is the branch of another change: ${way}`);
  });

  it('a remote that does not answer', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    renameSync(place.at('root/remote.git'), place.at('root/gone.git'));
    const before = await place.state();
    const { exitCode, stderr } = await place.program(GRANT);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^ds01-policy: origin does not answer; --no-push stops after the commit; git ls-remote: .*\nnothing was changed\n$/,
    );
    expect(await place.state()).toEqual(before);
  });

  it('a commit that a hook speaks against', async () => {
    const place = await PolicyCheckout.make();
    place.hook('pre-commit', "echo 'write a ticket number' >&2; exit 1");
    await refused(place, 'git commit: write a ticket number');
  });

  it('policy that has errors already', async () => {
    const place = await PolicyCheckout.make();
    place.edit('groups/student.yaml', 'memory_max: 32G', 'memory_max: 32g');
    await place.commit('Break it');
    const before = await place.state();
    const { exitCode, stderr } = await place.program(GRANT);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\npolicy has errors: nothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });

  it('a checkout of somebody else', async () => {
    const place = await PolicyCheckout.make();
    const { stdout: git } = await place.shell('command -v git');
    place.write('bin/git', `#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec ${git.trim()} "$@"\n`);
    chmodSync(place.at('bin/git'), 0o755);
    const { exitCode, stderr } = await place.program(GRANT, { PATH: `${place.at('bin')}:${process.env.PATH}` });
    expect(exitCode).toBe(3);
    const way = `be its owner, or git config --global --add safe.directory ${place.folder}`;
    expect(stderr).toBe(
      `ds01-policy: the checkout of "policy" belongs to somebody else, and git does not trust it: ${way}\nnothing was changed\n`,
    );
  });

  it('nobody that git knows', async () => {
    const place = await PolicyCheckout.make();
    await place.git('config', 'user.useConfigOnly', 'true');
    const { exitCode, stderr } = await place.program(GRANT, { GIT_AUTHOR_NAME: '', GIT_AUTHOR_EMAIL: '' });
    expect(exitCode).toBe(3);
    const way = 'git config user.name NAME and git config user.email ADDRESS say who you are';
    expect(stderr).toMatch(/^ds01-policy: git var: .+; /);
    expect(stderr).toContain(`; ${way}\nnothing was changed\n`);
  });

  it('no checkout', async () => {
    const place = new Place();
    const { exitCode, stderr } = await place.run('grant 100001 researcher --until never --reason x');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^ds01-policy: "policy" is not in a checkout of a git repository; /);
  });
});

describe.concurrent('what has to be acknowledged', () => {
  const ADMIN = ['grant', '100001', 'admin', '--until', '2027-03-31', '--reason', 'repairs the server', '--no-push'];

  it('is refused until somebody says that it is meant', async () => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const message = '"100001@hertie-school.lan" becomes an administrator, until 2027-03-31 [new-admin]';
    const stderr = `ds01-policy: ${message}: if this is meant, say --acknowledge\nnothing was changed\n`;
    expect(await place.program(ADMIN)).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  it('is in the commit then, and nothing else is', async () => {
    const place = await PolicyCheckout.make();
    expect(await place.program([...ADMIN, '--acknowledge'])).toMatchObject({ exitCode: 0, stderr: '' });
    const trailers = 'Acknowledge: new-admin 100001@hertie-school.lan\n';
    expect(await place.git('log', '-1', '--format=%(trailers)')).toBe(trailers);
    expect(await place.program(['validate', '--base', 'main'])).toMatchObject({ exitCode: 0 });
    const other = await PolicyCheckout.make();
    expect(await other.program([...GRANT, '--acknowledge', '--no-push'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await other.git('log', '-1', '--format=%(trailers)')).toBe('');
  });

  it('by somebody else, because the author gains by it, is said, and left to them', async () => {
    const place = await PolicyCheckout.make();
    const args = [...GRANT, '--acknowledge', '--no-push'];
    const run = await place.program(args, { GIT_AUTHOR_EMAIL: '100001@students.hertie-school.org' });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(
      /^policy\/members\/100001[.]yaml:3:8: error: member "100001" gets group "researcher" until /,
    );
    expect(run.stderr).toContain('-m "Acknowledge: self-grant 100001"\n');
    expect(run.stderr).toMatch(
      /\nwhoever gains by it cannot say so: the pull request waits until somebody else does\n$/,
    );
    expect(await place.git('log', '-1', '--format=%(trailers)')).toBe('');
  });

  it('is said of what is written without a commit', async () => {
    const place = new PolicyCheckout();
    const { exitCode, stdout } = await place.program([...ADMIN.slice(0, -1), '--no-commit', '--acknowledge']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  its message ends with a line: Acknowledge: new-admin 100001@hertie-school.lan\n');
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

  it('while the commit is made, it leaves nothing that the next run would mind', async () => {
    const place = await PolicyCheckout.make();
    expect(await place.program(GRANT, await killer(place, 'worktree add'))).toMatchObject({ exitCode: undefined });
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
    expect(await place.git('status', '--porcelain', '--untracked-files=all')).toBe('');
    expect(await place.program(GRANT)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('worktree', 'list')).toMatch(/^[^\n]+$/);
  });

  it('between the commit and the end, the branch holds all of it, and the next run says where it is', async () => {
    const place = await PolicyCheckout.make();
    expect(await place.program(GRANT, await killer(place, 'update-ref'))).toMatchObject({ exitCode: undefined });
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('main');
    expect(await place.git('diff', '--name-status', 'main', BRANCH)).toBe('A\tpolicy/members/100001.yaml');
    expect((await place.program(GRANT)).stderr).toContain(
      `branch ${BRANCH} exists already: look at it with git switch ${BRANCH}`,
    );
  });
});

describe.concurrent('whatever somebody writes as a reason', () => {
  it('is no trailer of the commit, no option, and nothing to a shell', async () => {
    const place = await withRemote('https://github.com/lab/policy.git');
    const env = fakeGh(place);
    const reason = `Acknowledge: self-grant 100001 $(touch root/pwned) \`touch root/pwned\` ${'x'.repeat(30)} Acknowledge: new-admin 100001@hertie-school.lan`;
    const run = await place.program(['grant', '100001', 'researcher', '--until', 'never', `--reason=${reason}`], env);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await changedLines(place)).toContain(`+reason: "${reason}"`);
    expect(await place.git('log', '-1', '--format=%(trailers)')).toBe('');
    expect((await place.shell('ls root')).stdout).not.toContain('pwned');
    await place.git('switch', '--quiet', 'main');
    const { exitCode } = await place.program(['revoke', '204214', '--no-push', `--reason=${reason}`]);
    expect(exitCode).toBe(0);
    expect(await place.git('log', '-1', '--format=%(trailers)')).toBe('');
    expect(await place.message()).toContain('\n- reason: Acknowledge: self-grant 100001');
  });
});

describe.concurrent('a policy folder of another name, in a repository of its own', () => {
  it('is edited there, without a line for editors if no file has one', async () => {
    const place = await PolicyCheckout.make();
    await place.shell("sed -i '/^# yaml-language-server/d' policy/*.yaml policy/*/*.yaml");
    await place.git('mv', 'policy', 'rules');
    await place.commit('Call it otherwise');
    const run = await place.program([...GRANT, '--policy', 'rules']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('show', 'HEAD:rules/members/100001.yaml')).toMatch(
      /^accounts: \[100001@hertie-school[.]lan\]\n/,
    );
  });
});

describe.concurrent.each(['grant', 'revoke', 'extend', 'set-limit'])('the help of %s', (verb) => {
  it('has examples that work', async () => {
    const { stdout } = await new Place().run(`${verb} --help`);
    const [, list = ''] = stdout.split('\nexamples\n');
    const examples = list.trimEnd().split('\n');
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) {
      const place = await PolicyCheckout.make();
      if (verb !== 'grant') {
        place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2027-01-31\n') });
        await place.commit('Grant researcher to 100001');
      }
      const run = await place.asTester(`${PROGRAM} ${example.replace(/^ {2}ds01-policy /, '')}`);
      expect(run, example).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});
