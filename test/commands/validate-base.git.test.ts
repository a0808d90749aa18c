import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Run } from '../support/run-cli.ts';
import { PolicyCheckout } from './policy-checkout.ts';
import { memberFile } from './world.ts';

const ZEROS = '0'.repeat(40);
const GRANT = { 'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2027-03-31\n') };
const CLEAN = { exitCode: 0, stdout: 'no findings\n', stderr: '' };

/** A checkout on a branch of its own, whose base is `main`. */
async function onBranch(): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  await place.git('switch', '--quiet', '-c', 'change');
  return place;
}

function validate(place: PolicyCheckout, ...more: readonly string[]): Promise<Run> {
  return place.program(['validate', ...(more.includes('--base') ? more : ['--base', 'main', ...more])]);
}

describe.concurrent('validate --base: a change', () => {
  it('that is a valid grant has no findings, committed or not, here or by its name', async () => {
    const place = await onBranch();
    place.policy(GRANT);
    expect(await validate(place)).toEqual(CLEAN);
    const head = await place.commit('Grant researcher to 100001');
    // As the help has it.
    await place.git('update-ref', 'refs/remotes/origin/main', 'main');
    expect(await place.program(['validate', '--base', 'origin/main'])).toEqual(CLEAN);
    await place.git('switch', '--quiet', '--detach', 'main');
    expect(await validate(place, '--head', head, '--author', 'somebody, else')).toEqual(CLEAN);
    const own = await validate(place, '--head', head, '--author', 'somebody,100001');
    expect(own).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^policy\/members\/100001.yaml:2:8: error: /),
    });
    expect(own.stdout).toContain('and "100001", who proposes it, is that member [self-grant]\n');
  });

  it('with errors has those of policy first, and then its own', async () => {
    const place = await onBranch();
    place.policy({ 'members/100001.yaml': 'accounts: [100001@hertie-school.lan]\n' });
    place.write('scripts/x.ts', '\n');
    await place.commit('Do two things');
    const { exitCode, stdout } = await validate(place, '--format', 'github');
    expect(exitCode).toBe(1);
    expect(stdout.match(/title=[a-z-]+/g)).toEqual([
      ...Array.from({ length: 3 }, () => 'title=schema-missing-key'),
      'title=one-concern',
    ]);
    expect(stdout).toMatch(/^::error file=scripts\/x.ts,line=1,endLine=1,col=1,endColumn=1,title=one-concern::/m);
  });

  it('of code alone has no findings', async () => {
    const place = await onBranch();
    place.write('scripts/x.ts', '\n');
    expect(await validate(place)).toEqual(CLEAN);
    await place.commit('Add code');
    expect(await validate(place, '--author', 'datasciencelab')).toEqual(CLEAN);
  });

  it('of policy and code is refused, in one commit or two', async () => {
    const place = await onBranch();
    place.write('scripts/x.ts', '\n');
    await place.commit('Add code');
    place.policy(GRANT);
    const message =
      'scripts/x.ts:1:1: error: policy and code in one change: "policy/members/100001.yaml" beside "scripts/x.ts" [one-concern]\n';
    const fix =
      '  fix: put policy into a pull request of its own, with commits of its own, so that each can be taken back alone\n\n1 error\n';
    expect(await validate(place)).toEqual({ exitCode: 1, stdout: message + fix, stderr: '' });
    await place.commit('Grant researcher to 100001');
    expect(await validate(place)).toEqual({ exitCode: 1, stdout: message + fix, stderr: '' });
    await place.git('reset', '--quiet', '--soft', 'main');
    const both = await place.short(await place.commit('Do both'));
    const related = `  policy/members/100001.yaml:1:1: commit ${both} "Do both" changes both\n`;
    expect(await validate(place)).toEqual({ exitCode: 1, stdout: message + related + fix, stderr: '' });
    // A commit that mixes stays one, also where a later one takes the code out of the change again.
    await place.git('rm', '--quiet', 'scripts/x.ts');
    await place.commit('Take the code back');
    expect((await validate(place)).stdout).toMatch(/: error: commit [0-9a-f]+ "Do both" changes policy and code: /);
  });

  it('that is the first of all has nothing to be compared with', async () => {
    const place = await PolicyCheckout.make();
    expect(await validate(place, '--base', ZEROS)).toEqual(CLEAN);
    expect(await validate(place, '--base', ZEROS, '--head', 'HEAD')).toEqual(CLEAN);
    // The same where code was there before policy.
    await place.git('checkout', '--quiet', '--orphan', 'begin');
    await place.git('rm', '--quiet', '-r', '--cached', 'policy');
    await place.git('commit', '--quiet', '--message', 'Begin with code');
    await place.commit('Add policy');
    expect(await validate(place, '--base', 'HEAD~1', '--author', 'datasciencelab')).toEqual(CLEAN);
  });

  it('is from where its branch left main, and what is newer there is no part of it', async () => {
    const place = await onBranch();
    place.policy(GRANT);
    await place.commit('Grant researcher to 100001');
    await place.git('switch', '--quiet', 'main');
    place.write('scripts/x.ts', '\n');
    place.edit('groups/researcher.yaml', '65536 }', '4096 }');
    await place.commit('Change code and policy on main');
    await place.git('switch', '--quiet', 'change');
    expect(await validate(place)).toEqual(CLEAN);
    // GitHub checks out what a merge would give, on no branch.
    await place.git('switch', '--quiet', '--detach', 'main');
    await place.merge('change');
    expect(await validate(place)).toEqual(CLEAN);
    expect(await validate(place, '--base', 'HEAD^1', '--head', 'HEAD')).toEqual(CLEAN);
    // Main in the branch is no part of it either, and no mix.
    await place.git('switch', '--quiet', 'change');
    await place.merge('main');
    expect(await validate(place)).toEqual(CLEAN);
  });

  it('has the author of a merge where that changes something itself', async () => {
    const place = await onBranch();
    await place.commit('Nothing', '--allow-empty');
    await place.git('switch', '--quiet', 'main');
    await place.commit('Nothing either', '--allow-empty');
    await place.git('switch', '--quiet', 'change');
    await place.git('merge', '--quiet', '--no-ff', '--no-commit', 'main');
    place.policy(GRANT);
    await place.commit('Merge main', '--author', 'A Member <100001@phd.hertie-school.org>');
    expect((await validate(place)).stdout).toMatch(
      /, and the author of commit [0-9a-f]+, "100001@phd[^"]+", is that member /,
    );
  });

  it('has files that git does not know, and not those that were taken away', async () => {
    const place = await onBranch();
    place.write('.git/info/exclude', 'policy/\n');
    place.write('scripts/x.ts', '\n');
    await place.git('add', 'scripts');
    place.policy(GRANT);
    expect((await validate(place)).stdout).toContain('"policy/members/100001.yaml" beside "scripts/x.ts"');
    place.policy({ 'members/100001.yaml': undefined });
    rmSync(place.at('scripts/x.ts'));
    place.policy({ 'members/204214.yaml': undefined });
    expect(await validate(place)).toEqual(CLEAN);
  });
});

describe.concurrent('validate --base: an acknowledgement', () => {
  it('is a trailer of a commit, and is shown with who says so', async () => {
    const place = await onBranch();
    place.edit('groups/researcher.yaml', 'tasks_max: 65536 }', 'tasks_max: 131072 }');
    place.policy({ 'members/100001.yaml': memberFile('100001', 'admin') });
    await place.commit('Raise the tasks');
    const { exitCode, stdout } = await validate(place);
    expect(exitCode).toBe(1);
    const lines = [...stdout.matchAll(/(git commit --allow-empty .*)$/gm)].map(([, line = '']) => line);
    expect(lines).toEqual([
      'git commit --allow-empty -m "It is meant" -m "Acknowledge: raised-limit researcher per_group.tasks_max"',
      'git commit --allow-empty -m "It is meant" -m "Acknowledge: new-admin 100001@hertie-school.lan"',
    ]);
    // The way out that it names is one.
    for (const line of lines) expect((await place.asTester(line)).exitCode).toBe(0);
    const names = await place.git('log', '--format=%h', '--reverse', 'main..HEAD');
    const [, first, second] = names.split('\n');
    expect(await validate(place)).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `\
no findings

acknowledged in this change:
  "100001@hertie-school.lan" becomes an administrator, with no end [new-admin]
    says Tester <tester@example.org> in commit ${second} "It is meant"
  group "researcher" gets more: per_group.tasks_max rises from 65536 to 131072 [raised-limit]
    says Tester <tester@example.org> in commit ${first} "It is meant"
`,
    });
    const markdown = await validate(place, '--format', 'markdown');
    expect(markdown.stdout).toMatch(
      /^[*][*]no findings[*][*]\n\n[*][*]acknowledged in this change[*][*]\n\n- "`100001@/,
    );
    expect(JSON.parse((await validate(place, '--format', 'json')).stdout)).toMatchObject({ errors: 0, findings: [] });
  });

  it('of what somebody gains counts only from somebody else, and may be on two lines', async () => {
    const place = await onBranch();
    const self = ['--author', 'A Member <7+Octo-Cat@users.noreply.github.com>'];
    place.policy({ 'members/100001.yaml': `${memberFile('100001', 'researcher')}github: octo-cat\n` });
    const words = 'Grant researcher to 100001\n\nAcknowledge: self-grant 100001\n';
    await place.commit(words, ...self);
    const { exitCode, stdout } = await validate(place);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/is that member \[self-grant\]\n/);
    expect(stdout).toMatch(/and does not count: whoever wrote the commit gains by it \[acknowledgement-unused\]\n/);
    await place.commit('Yes\n\nReviewed-by: somebody\nacknowledge: self-grant\n  100001\n', '--allow-empty');
    const run = await validate(place);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(
      /\nacknowledged in this change:\n {2}member "100001" gets group "researcher" with no end, /,
    );
  });

  it('that was merged already is none of what comes later, however the branches cross', async () => {
    const place = await onBranch();
    const raise = (from: number, to: number) =>
      place.edit('groups/researcher.yaml', `tasks_max: ${from}`, `tasks_max: ${to}`);
    raise(65536, 131072);
    await place.commit('Raise the tasks\n\nAcknowledge: raised-limit researcher per_group.tasks_max');
    await place.git('switch', '--quiet', 'main');
    place.write('docs/x.md', '\n');
    const other = await place.commit('Add a page');
    await place.merge('change');
    await place.git('switch', '--quiet', 'change');
    await place.merge(other);
    raise(131072, 262144);
    await place.commit('Raise the tasks again');
    expect((await place.git('merge-base', '--all', 'main', 'change')).split('\n')).toHaveLength(2);
    const refused = await validate(place);
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toContain('several commits to compare with: merge "main" into this branch as it is now\n');
    await place.merge('main');
    expect(await validate(place)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/\[raised-limit\]/) });
  });

  it('that is no trailer is none', async () => {
    const place = await onBranch();
    place.policy({ 'members/100001.yaml': memberFile('100001', 'admin') });
    await place.commit('Acknowledge: new-admin 100001@hertie-school.lan\n\nAnd more words after it.');
    expect(await validate(place)).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/\[new-admin\]/) });
  });
});

describe.concurrent('validate --base: text of others', () => {
  const NAME = 'x\n::error::a\u001b[31m`<b>|';

  it.each(['text', 'github', 'markdown'])('stays text: as %s', async (format) => {
    const place = await onBranch();
    place.write(`scripts/${NAME}`, '\n');
    place.policy({ 'members/100001.yaml': memberFile('100001', 'admin') });
    const trailer = 'Acknowledge: new-admin ::error::`<b>\u001b[31m\u202e @all';
    const author = '::error::a\u001b[31m@all ` <100001@hertie-school.lan>';
    await place.commit(`::error::\u001b[31m<b>\u202e\`@all\n\n${trailer}`, '--author', author);
    const { exitCode, stdout, stderr } = await validate(place, '--format', format);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    for (const rule of ['one-concern', 'new-admin', 'self-grant', 'acknowledgement-unused'])
      expect(stdout).toContain(rule);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const commands = stdout.split('\n').filter((line) => line.startsWith('::'));
    expect(commands).toHaveLength(format === 'github' ? 4 : 0);
    for (const command of commands) expect(command).toMatch(/^::(error|warning) file=[^:]*,title=[a-z-]+::/);
    if (format === 'markdown') expect(stdout.replace(/(`+)[^`].*?\1(?!`)/g, '')).not.toMatch(/<b>|@all/);
  });
});

describe.concurrent('validate --base: what cannot be compared', () => {
  it('is a commit that is not here, with a word on how to get it', async () => {
    const place = await onBranch();
    const said = async (...args: readonly string[]) => {
      const { exitCode, stderr } = await validate(place, ...args);
      return [exitCode, stderr.split('\n')[0]];
    };
    expect(await said('--base', 'origin/main')).toEqual([
      64,
      'ds01-policy: --base "origin/main" is not the name of one commit here; git fetch origin main may bring it',
    ]);
    expect(await said('--head', 'nothing')).toEqual([
      64,
      'ds01-policy: --head "nothing" is not the name of one commit here; git fetch origin main may bring it',
    ]);
    expect(await said('--base', '^main')).toMatchObject([64, expect.stringContaining('--base "^main" is not')]);
    expect(await said('--base=--help')).toMatchObject([64, expect.anything()]);
  });

  it('is another history, and one of which only a part is here', async () => {
    const place = await onBranch();
    await place.git('checkout', '--quiet', '--orphan', 'other');
    await place.commit('Begin anew');
    expect(await validate(place)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'ds01-policy: "main" and this change have no commit in common: it is another history\nnothing was changed\n',
    });
    await place.git('clone', '--quiet', '--depth=1', `file://${place.folder}`, place.at('root/shallow'));
    const shallow = await place.program(['validate', '--base', 'HEAD', '--policy', 'root/shallow/policy']);
    expect(shallow).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('in a workflow with fetch-depth: 0'),
    });
  });

  it('is nothing at all without a base', async () => {
    const place = await onBranch();
    for (const option of ['--head', '--author']) {
      const { exitCode, stderr } = await place.program(['validate', option, 'HEAD']);
      const message = `${option} is about a change: say with --base REF what to compare with`;
      expect({ exitCode, stderr }).toEqual({
        exitCode: 64,
        stderr: `ds01-policy: ${message}\nsee ds01-policy validate --help\n`,
      });
    }
    const { stderr } = await validate(place, '--author', 'a,,b');
    expect(stderr).toMatch(/^ds01-policy: --author "a,,b" has an empty name: write names with commas between them\n/);
  });
});
