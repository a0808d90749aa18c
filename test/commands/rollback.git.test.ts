import { beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../support/run-cli.ts';
import { PolicyCheckout, TODAY } from './policy-checkout.ts';
import { memberFile } from './world.ts';

const STUDENT = 'groups/student.yaml';

/** A history of four commits: the beginning, a limit, a grant, and something that is no policy. */
async function lowered(): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 8192');
  await place.commit('Lower the task limit of students');
  place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher') });
  await place.commit('Grant researcher to 100001');
  place.write('README.md', 'how to\n');
  await place.commit('Explain');
  return place;
}

describe('one commit', () => {
  const NAME = `${TODAY}-every-training-job-stops-with-libgomp`;
  const PUSH = `git push -u origin rollback/${NAME}`;
  let place: PolicyCheckout;
  let run: Run;
  beforeAll(async () => {
    place = await lowered();
    run = await place.rollback('main~2', '--reason', 'Every training job stops with "libgomp: Thread creation failed"');
  });

  it('is taken back on a branch that is ready to push, and all is said', async () => {
    const [head, lower, made] = await Promise.all(['main', 'main~2', 'HEAD'].map((name) => place.short(name)));
    expect({ ...run, stdout: run.stdout.replace(/^digest [0-9a-f]{64}$/m, 'digest …') }).toEqual({
      exitCode: 0,
      stdout: `\
~ ds01-student.slice  all members of student together, policy/groups/student.yaml:2
    TasksMax  8192 -> 65536  limit rises  policy/groups/student.yaml:6

on ${TODAY}: 0 to create, 1 to update, 0 to remove
digest …

taken back by ${made}, on branch rollback/${NAME}, which is checked out now
  ${lower}  2026-11-02  risk high  Lower the task limit of students
kept on branch backup/${NAME}, at ${head}

next
  ${'git show'.padEnd(PUSH.length)}  the record: what, why, and how to have it again
  ${PUSH}  then open the pull request; hosts follow after the merge
  ${'git switch main'.padEnd(PUSH.length)}  back to where you were
`,
      stderr: '',
    });
  });

  it('has its record in the message of the one commit that takes it back', async () => {
    const [head, lower, whole] = await Promise.all([
      place.short('main'),
      place.short('main~2'),
      place.git('rev-parse', 'main~2'),
    ]);
    expect(await place.message()).toBe(`\
Roll back "Lower the task limit of students"

Reason: Every training job stops with "libgomp: Thread creation failed"

Taken back, newest first:

- ${lower} 2026-11-02 Lower the task limit of students
  risk high: limit falls: TasksMax of all members of student together,
  65536 -> 8192; affects everybody who is not listed

All of it is kept in
backup/${NAME}, at ${head}.

To have it again, oldest first, each when its cause is understood:

  git cherry-pick -x ${lower}  # high risk

To have all of it again: git revert of this commit.

Reverts: ${whole}
`);
    expect(await place.git('log', '-1', '--format=%(trailers:only)')).toBe(`Reverts: ${whole}\n`);
  });

  it('changes nothing but what that commit changed, byte for byte', async () => {
    expect(await place.git('diff', '--name-only', 'main', 'HEAD')).toBe(`policy/${STUDENT}`);
    const blobs = await place.git('rev-parse', `main~3:policy/${STUDENT}`, `HEAD:policy/${STUDENT}`);
    expect(new Set(blobs.split('\n')).size).toBe(1);
    expect(await place.git('rev-parse', 'HEAD^')).toBe(await place.git('rev-parse', 'main'));
    // What is checked out is what was committed, and nothing of the work is left.
    expect(await place.git('status', '--porcelain', '--untracked-files=all')).toBe('');
    expect(await place.git('worktree', 'list')).toMatch(/^[^\n]+$/);
  });

  it('is on a branch of its own, the branch before is where it was, and another one keeps all', async () => {
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe(`rollback/${NAME}`);
    expect(await place.git('log', '-1', '--format=%s', 'main')).toBe('Explain');
    expect(await place.git('rev-parse', `backup/${NAME}`)).toBe(await place.git('rev-parse', 'main'));
  });

  it('can be had again as the record says', async () => {
    const [, command = ''] = /^ {2}(git cherry-pick .*)$/m.exec(await place.message()) ?? [];
    await place.git('switch', '--quiet', '-c', 'again');
    expect(await place.asTester(command)).toMatchObject({ exitCode: 0 });
    expect(await place.git('diff', '--stat', 'main', 'HEAD')).toBe('');
  });
});

describe.concurrent('one commit, elsewhere', () => {
  it('leaves alone what was changed in other lines of the file since', async () => {
    const place = await PolicyCheckout.make();
    place.edit(STUDENT, 'description: Students', 'description: All students');
    await place.commit('Call them all');
    place.edit(STUDENT, 'cpus: 16', 'cpus: 8');
    await place.commit('Halve the cores of a container');
    expect(await place.rollback('HEAD~1')).toMatchObject({ exitCode: 0, stderr: '' });
    const before = await place.git('show', `main:policy/${STUDENT}`);
    expect(await place.git('show', `HEAD:policy/${STUDENT}`)).toBe(before.replace('All students', 'Students'));
  });

  it('may be in a folder anywhere in the repository, with nothing but a commit checked out', async () => {
    const place = await PolicyCheckout.make();
    await place.git('mv', 'policy', 'a lab');
    await place.commit('Move');
    place.write('a lab/members/100001.yaml', memberFile('100001', 'researcher'));
    await place.commit('Grant researcher to 100001');
    await place.git('switch', '--quiet', '--detach', 'main');
    const { exitCode, stdout, stderr } = await place.rollback('HEAD', '--policy', 'a lab');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await place.git('diff', '--stat', 'main~1', 'HEAD')).toBe('');
    expect(stdout).toContain(`  git switch --detach ${await place.short('main')} `);
  });
});

describe.concurrent('several commits', () => {
  it('are taken back newest first, however they are named, and each once', async () => {
    const place = await lowered();
    const [lower, grant] = await Promise.all([place.short('HEAD~2'), place.short('HEAD~1')]);
    expect(await place.rollback(`${lower} HEAD~1 main~2`)).toMatchObject({ exitCode: 0, stderr: '' });
    const message = await place.message();
    expect(message).toMatch(/^Roll back 2 changes of policy\n/);
    expect(message.match(/^- [0-9a-f]+/gm)).toEqual([`- ${grant}`, `- ${lower}`]);
    expect(message.match(/cherry-pick -x [0-9a-f]+/g)).toEqual([`cherry-pick -x ${lower}`, `cherry-pick -x ${grant}`]);
    expect(await place.git('log', '-1', '--format=%(trailers:key=Reverts,valueonly)')).toBe(
      `${await place.git('rev-parse', 'main~1', 'main~2')}\n`,
    );
    expect(await place.git('diff', '--stat', 'main~3:policy', 'HEAD:policy')).toBe('');
  });

  it('that changed the same line come back to what was before all of them', async () => {
    const place = await PolicyCheckout.make();
    for (const number of [32768, 16384, 8192]) {
      place.edit(STUDENT, `tasks_max: ${number * 2}`, `tasks_max: ${number}`);
      await place.commit(`Set ${number}`);
    }
    expect(await place.rollback('HEAD~1 HEAD HEAD~2')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('diff', '--stat', 'main~3', 'HEAD')).toBe('');
  });
});

describe.concurrent('everything since a commit', () => {
  it('makes policy what it was then, byte for byte, whatever happened in between', async () => {
    const place = await PolicyCheckout.make();
    await place.git('switch', '--quiet', '-c', 'grant');
    place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher') });
    await place.commit('Grant researcher to 100001');
    await place.git('switch', '--quiet', 'main');
    place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 8192');
    const lowered = await place.commit('Lower the task limit of students');
    const merge = await place.merge('grant');
    await place.revert(lowered);
    place.policy({ 'members/204214.yaml': undefined });
    place.write('README.md', 'how to\n');
    await place.commit('Remove 204214, and explain');
    const [begin, to] = await Promise.all([place.short('main~4'), place.git('rev-parse', 'main~4')]);
    const result = await place.rollback(`--to ${to} --policy-only`);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('rev-parse', 'HEAD:policy')).toBe(await place.git('rev-parse', `${to}:policy`));
    expect(await place.git('rev-parse', 'HEAD:README.md')).toBe(await place.git('rev-parse', 'main:README.md'));
    const message = await place.message();
    expect(message).toMatch(`Roll back policy to ${begin} of 2026-11-01\n\nEverything below policy/ is as it was at`);
    // Commits that came in by the merge are part of it.
    expect(message.match(/^- .*/gm)).toEqual([
      `- ${await place.short('main')} 2026-11-06 Remove 204214, and explain`,
      `- ${await place.short('main~1')} 2026-11-05 Revert "Lower the task limit of students"`,
      `- ${await place.short(merge)} 2026-11-04 Merge grant`,
      `- ${await place.short(lowered)} 2026-11-03 Lower the task limit of students`,
    ]);
    expect(result.stdout).toContain(`on branch rollback/${TODAY}-remove-204214-and-explain,`);
  });

  it('is nothing if policy is as it was, and then nothing is made', async () => {
    const place = await lowered();
    const before = await place.state();
    for (const name of ['HEAD~1', 'main']) {
      const stdout = `policy/ is as it was at ${name}: there is nothing to take back\n`;
      expect(await place.rollback(`--to ${name}`)).toEqual({ exitCode: 0, stdout, stderr: '' });
    }
    expect(await place.state()).toEqual(before);
    // Also if there and back again.
    await place.revert(await place.git('rev-parse', 'HEAD~1'));
    await place.revert(await place.git('rev-parse', 'HEAD'));
    expect(await place.rollback('--to HEAD~3')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing'),
    });
  });
});

describe.concurrent('a merge', () => {
  it('is taken back as what it brought into the branch it was merged into, unless a host refuses to lose so many', async () => {
    const place = await PolicyCheckout.make();
    await place.git('switch', '--quiet', '-c', 'grants');
    const names = ['100001', '100002', '100003'];
    place.policy(Object.fromEntries(names.map((name) => [`members/${name}.yaml`, memberFile(name, 'researcher')])));
    await place.commit('Grant researcher to three');
    await place.git('switch', '--quiet', 'main');
    place.edit(STUDENT, 'cpus: 16', 'cpus: 8');
    await place.commit('Halve the cores of a container');
    const merge = (await place.merge('grants')).slice(0, 7);
    const { exitCode, stdout } = await place.rollback('HEAD');
    expect(exitCode).toBe(0);
    expect(await place.git('diff', '--stat', 'main^1', 'HEAD')).toBe('');
    const message = await place.message();
    expect(message).toContain(`- ${merge} 2026-11-04 Merge grants
  a merge: what it brought into its first parent is taken back
  risk medium: 100001@hertie-school.lan gains: student -> researcher,
  without an end; 100002@hertie-school.lan gains: student -> researcher,
  without an end; 100003@hertie-school.lan gains: student -> researcher,
  without an end; affects 3 accounts
`);
    expect(stdout).toContain('\nrefused\n  removes 3 of 5 members');
    expect(message).toContain('A host refuses this as it is:\n\n- removes 3 of 5 members');
    expect(message).toContain(`\n  git cherry-pick -x -m 1 ${merge}\n`);
    expect(await place.asTester(`git cherry-pick -x -m 1 ${merge}`)).toMatchObject({ exitCode: 0 });
    expect(await place.git('diff', '--stat', 'main', 'HEAD')).toBe('');
  });
});

describe.concurrent('a commit that mixes policy and something else', () => {
  const mixed = async () => {
    const place = await PolicyCheckout.make();
    place.write('scripts/a.sh', 'a\n');
    place.write('scripts/b.sh', 'b\n');
    place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 8192');
    await place.commit('Lower the task limit, and more');
    return place;
  };

  it('is refused with what else is in it', async () => {
    const place = await mixed();
    const before = await place.state();
    const short = await place.short('HEAD');
    const stderr = `ds01-policy: ${short} "Lower the task limit, and more" changes scripts/a.sh, scripts/b.sh as well; --policy-only takes back what is below policy/, and leaves the rest\nnothing was changed\n`;
    expect(await place.rollback('HEAD')).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.rollback('--to HEAD~1')).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  it('is taken back in part on request, and the record says what stays and how to have that part again', async () => {
    const place = await mixed();
    const short = await place.short('HEAD');
    expect(await place.rollback('HEAD --policy-only')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('diff', '--name-only', 'main', 'HEAD')).toBe(`policy/${STUDENT}`);
    expect(await place.git('diff', '--stat', 'main~1:policy', 'HEAD:policy')).toBe('');
    const message = await place.message();
    expect(message).toContain(
      '  only its part below policy/ is taken back; as it left them are\n  scripts/a.sh, scripts/b.sh\n',
    );
    const [, command = ''] = /^ {2}(git diff [^#\n]*)/m.exec(message) ?? [];
    expect(command).toContain(`git diff ${short}^ ${short} -- policy/ | git apply`);
    expect(await place.shell(command)).toMatchObject({ exitCode: 0 });
    expect(await place.git('diff', '--stat', '--cached', 'main')).toBe('');
  });
});

describe.concurrent('grants whose last day is over', () => {
  const ended = (last: string) => memberFile('100001', 'researcher', `expires: ${last}\n`);

  it('come back as files and not as grants', async () => {
    const place = await PolicyCheckout.make();
    place.policy({ 'members/100001.yaml': ended('2026-11-03') });
    await place.commit('Grant researcher to 100001');
    place.policy({ 'members/100001.yaml': undefined });
    await place.commit('Remove 100001');
    const { exitCode, stdout, stderr } = await place.rollback('HEAD');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('the grant of 100001 ended on 2026-11-03 and does not come back\n');
    expect(stdout).not.toContain('gains');
    expect(stderr).toContain('warning: the grant expired on 2026-11-03 and takes no effect');
    expect(await place.message()).toContain(
      'Grants that have ended:\n\n- the grant of 100001 ended on 2026-11-03 and does not come back\n',
    );
    expect(await place.git('rev-parse', 'HEAD:policy')).toBe(await place.git('rev-parse', 'main~1:policy'));
  });
});

describe.concurrent('what is worth knowing before the merge', () => {
  it('is that policy had errors before: that is no reason to keep them', async () => {
    const place = await PolicyCheckout.make();
    place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 512');
    await place.commit('Break it');
    const { exitCode, stdout, stderr } = await place.rollback('HEAD');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^policy had errors before, so no host has it: plan says there what changes\n\n/);
    expect(await place.message()).toContain('  risk high: policy had errors with it, so that no host applied it\n');
  });

  it('is that the next commit could not be judged either', async () => {
    const place = await PolicyCheckout.make();
    place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 512');
    await place.commit('Break it');
    place.edit(STUDENT, 'tasks_max: 512', 'tasks_max: 65536');
    place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher') });
    await place.commit('Repair it');
    await place.rollback('--to HEAD~2');
    expect((await place.message()).match(/^ {2}risk.*\n.*/gm)).toEqual([
      '  risk high: policy had errors before it, so that nobody can tell what\n  it changed',
      '  risk high: policy had errors with it, so that no host applied it\n',
    ]);
  });
});
