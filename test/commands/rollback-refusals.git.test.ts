import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { PolicyCheckout, TODAY } from './policy-checkout.ts';
import { memberFile } from './world.ts';

const STUDENT = 'groups/student.yaml';
const RESEARCHER = 'groups/researcher.yaml';
const NOTHING = 'nothing was changed\n';

describe('what cannot be taken back', () => {
  let place: PolicyCheckout;
  let before: readonly string[];
  const names = new Map<string, string>();

  // Lowered, raised, explained, granted, taken back by git, and a merge of a commit whose time is not on this branch.
  beforeAll(async () => {
    place = await PolicyCheckout.make();
    const note = async (name: string, commit: Promise<string>) => names.set(name, (await commit).slice(0, 7));
    await note('begin', place.git('rev-parse', 'HEAD'));
    await place.git('switch', '--quiet', '-c', 'other');
    place.policy({ 'members/100002.yaml': memberFile('100002', 'researcher') });
    await note('other', place.commit('Grant researcher to 100002'));
    place.policy({ 'members/100003.yaml': memberFile('100003', 'researcher') });
    await note('strange', place.commit('Grant researcher to 100003'));
    await place.git('switch', '--quiet', 'main');
    place.edit(STUDENT, 'tasks_max: 65536', 'tasks_max: 8192');
    await note('lower', place.commit('Lower the task limit of students'));
    place.edit(STUDENT, 'tasks_max: 8192', 'tasks_max: 16384');
    await note('raise', place.commit('Raise it a little'));
    place.write('README.md', 'how to\n');
    await note('explain', place.commit('Explain'));
    place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher') });
    const grant = place.commit('Grant researcher to 100001');
    await note('grant', grant);
    await note('revert', place.revert(await grant));
    place.edit(RESEARCHER, 'description: PhD', 'description: Everybody');
    const noted = place.commit('Call them all');
    await note('noted', noted);
    place.edit(RESEARCHER, 'description: Everybody', 'description: PhD');
    await note('merged', place.commit('Merge a rollback', '--message', `Reverts: ${await noted}`));
    place.edit(RESEARCHER, 'cpus: 64', 'cpus: 32');
    await note('halved', place.commit('Halve the cores of a container'));
    place.edit(RESEARCHER, 'cpus: 32', 'cpus: 64');
    await place.commit('64 again');
    await place.git('merge', '--quiet', '--no-ff', '--message', 'Merge', names.get('other') ?? '');
    before = await place.state();
  });

  const cases: readonly (readonly [string, string, string])[] = [
    [
      'what was changed again since',
      '{lower}',
      '{lower} "Lower the task limit of students" cannot be taken back alone: policy/groups/student.yaml was changed later by {raise} "Raise it a little"; name what came later, too, or take back everything since then with --to {begin}',
    ],
    [
      'what came before what was changed again, and there is nothing before it',
      '{begin} --policy-only',
      '{begin} "Begin with the policy of the server" cannot be taken back alone: policy/groups/student.yaml was changed later by {raise} "Raise it a little", {lower} "Lower the task limit of students"; name what came later, too',
    ],
    [
      'what git has taken back',
      '{grant}',
      '{grant} "Grant researcher to 100001" is taken back already: by {revert} "Revert "Grant researcher to 100001""',
    ],
    [
      'both of two that undo each other',
      '{grant} {revert}',
      'these commits cancel each other out: policy stays as it is',
    ],
    [
      'what is no policy',
      '{explain}',
      '{explain} "Explain" changes nothing below policy/; git log --oneline -- policy/ lists the commits that do',
    ],
    [
      'what is on another branch',
      '{strange}',
      '{strange} "Grant researcher to 100003" is not in the history of branch main; switch to a branch that has it',
    ],
    [
      'everything since what is on another branch',
      '--to {strange}',
      '{strange} "Grant researcher to 100003" is not in the history of branch main; switch to a branch that has it',
    ],
    [
      'everything since what this branch never was',
      '--to {other}',
      '{other} "Grant researcher to 100002" came in by a merge and was never the newest commit of this branch; git log --oneline --first-parent lists the commits that were',
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, line, message) => {
    const named = (text: string) => text.replace(/\{([a-z]+)\}/g, (_all, name) => names.get(name) ?? '');
    const stderr = `ds01-policy: ${named(message)}\n${NOTHING}`;
    expect(await place.rollback(named(line))).toEqual({ exitCode: 3, stdout: '', stderr });
  });

  it.concurrent.each([
    ['0123456', '"0123456" is not the name of one commit: git log --oneline shows what they are called'],
    ['^main', '"^main" is not the name of one commit: git log --oneline shows what they are called'],
    ['--to nowhere', '"nowhere" is not the name of one commit: git log --oneline shows what they are called'],
    ['', 'COMMIT is missing: name the commits to take back, or --to the last good one'],
    ['HEAD --to HEAD~1', '--to takes back all commits since HEAD~1: name single ones or --to, not both'],
  ])('and what cannot be meant: %s', async (line, message) => {
    const stderr = `ds01-policy: ${message}\nsee ds01-policy rollback --help\n`;
    expect(await place.rollback(line)).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  it('and after all of that, everything is as it was', async () => {
    expect(await place.state()).toEqual(before);
  });
});

describe.concurrent('a checkout that is not ready', () => {
  const changed = async () => {
    const place = await PolicyCheckout.make();
    place.edit(STUDENT, 'cpus: 16', 'cpus: 8');
    await place.commit('Halve the cores of a container');
    return place;
  };

  it('has changes that are in no commit', async () => {
    const place = await changed();
    place.edit(STUDENT, 'cpus: 8', 'cpus: 4');
    place.write('.gitignore', 'root/\n');
    place.write('policy/members/new.yaml', 'x\n');
    await place.git('add', '.gitignore');
    const before = await place.state();
    const paths = '.gitignore, policy/groups/student.yaml, policy/members/new.yaml';
    const stderr = `ds01-policy: there are changes in no commit: ${paths}; commit them first, or git stash --include-untracked\n${NOTHING}`;
    expect(await place.rollback('HEAD')).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
    // The way out that it names is one.
    await place.asTester('git stash --include-untracked');
    // What git does not know, and is no policy, is in nobody's way.
    place.write('notes.txt', 'x\n');
    expect(await place.rollback('HEAD')).toMatchObject({ exitCode: 0 });
    expect(await place.git('status', '--porcelain')).toBe('?? notes.txt');
  });

  it('is in the middle of something else', async () => {
    const place = await changed();
    await place.git('switch', '--quiet', '-c', 'other', 'HEAD~1');
    await place.commit('Nothing', '--allow-empty');
    await place.git('switch', '--quiet', 'main');
    await place.git('merge', '--no-commit', '--no-ff', 'other');
    const before = await place.state();
    const { exitCode, stdout, stderr } = await place.rollback('HEAD');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/^ds01-policy: git switch: cannot switch branch while merging.*\nnothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });

  it('has no room for a branch of that name', async () => {
    const place = await changed();
    await place.git('branch', 'backup');
    const before = await place.state();
    const { exitCode, stderr } = await place.rollback('HEAD');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^ds01-policy: git update-ref: .*'refs\/heads\/backup' exists.*\nnothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });

  it('has branches of that name already, here or at a remote: the next ones get a number', async () => {
    const place = await changed();
    const name = `${TODAY}-halve-the-cores-of-a-container`;
    await place.git('branch', `backup/${name}`);
    await place.git('update-ref', `refs/remotes/origin/rollback/${name}-2`, 'HEAD');
    expect(await place.rollback('HEAD')).toMatchObject({ exitCode: 0 });
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe(`rollback/${name}-3`);
    expect(await place.git('branch', '--list', 'backup/*')).toBe(`  backup/${name}\n  backup/${name}-3`);
  });

  it('has only a part of its history', async () => {
    const place = await changed();
    await place.git('clone', '--quiet', '--depth=1', `file://${place.folder}`, place.at('root/shallow'));
    const { exitCode, stderr } = await runCli(['rollback', 'HEAD'], { cwd: place.at('root/shallow') });
    const message =
      'this checkout has only a part of its history; fetch the rest with git fetch --unshallow, in a workflow with fetch-depth: 0';
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: `ds01-policy: ${message}\n${NOTHING}` });
  });

  it('is none, has no commit, or has no folder for policy', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'policy'));
    const ask = (cwd: string, ...args: readonly string[]) => runCli(['rollback', 'HEAD', ...args], { cwd });
    const none = await ask(folder);
    expect(none.exitCode).toBe(3);
    expect(none.stderr).toMatch(/^ds01-policy: "policy" is not in a checkout of a git repository; git rev-parse: .+\n/);
    expect(await ask(folder, '--policy', 'no/where')).toMatchObject({ exitCode: 3 });
    const place = await changed();
    await place.git('init', '--quiet', folder);
    expect(await ask(folder)).toMatchObject({ stderr: `ds01-policy: there is no commit here yet\n${NOTHING}` });
    expect(await ask(place.folder, '--policy', '.')).toMatchObject({
      exitCode: 3,
      stderr: `ds01-policy: "." is the top of the repository; policy has a folder of its own\n${NOTHING}`,
    });
  });
});

describe.concurrent('a result with errors', () => {
  it('is shown, and not made', async () => {
    const place = await PolicyCheckout.make();
    place.policy({ 'groups/guest.yaml': 'description: Guests\nlimits:\n  per_group: { tasks_max: 4096 }\n' });
    await place.commit('Add a group for guests');
    place.policy({ 'members/100001.yaml': memberFile('100001', 'guest') });
    await place.commit('Make 100001 a guest');
    const before = await place.state();
    const { exitCode, stdout, stderr } = await place.rollback('HEAD~1');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^policy\/members\/100001.yaml:2:8: error: group "guest" does not exist/);
    expect(stderr).toMatch(/\nwithout these commits, policy has errors: nothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });

  it('is what comes of taking back the first commit of all', async () => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const { exitCode, stderr } = await place.rollback('HEAD --policy-only');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^policy:1:1: error: there is no policy folder here/);
    expect(await place.state()).toEqual(before);
  });
});
