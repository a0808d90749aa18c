// The required check, as GitHub runs it.
import { beforeEach, describe, expect, it } from 'vitest';
import { expectOnlyFindings, expectOnlyText, HOSTILE } from '../support/only-text.ts';
import { GithubPlace, NAME, type Proposed, type StepRun } from './github-place.ts';
import type { PolicyCheckout } from './policy-checkout.ts';
import { memberFile } from './world.ts';

const ZEROS = '0'.repeat(40);
const REPOSITORY = { full_name: NAME, default_branch: 'main' };

let place: GithubPlace;
beforeEach(async () => {
  place = await GithubPlace.make();
});

/** What GitHub says of a pull request, as far as anybody reads it; the rest is what an attacker would write there. */
function pullRequest({ number, base, head, author }: Proposed, from = NAME) {
  const hostile = '`::error::x` ##[error]y $(id) <img src=x> @everybody';
  return {
    action: 'opened',
    pull_request: {
      number,
      title: hostile,
      body: hostile,
      user: { login: author },
      base: { sha: base, ref: 'main', repo: REPOSITORY },
      head: { sha: head, ref: hostile, repo: { full_name: from, fork: from !== NAME } },
    },
    repository: REPOSITORY,
  };
}

async function validate(proposed: Proposed, from?: string): Promise<StepRun> {
  const folder = await place.checkOut(`refs/pull/${proposed.number}/merge`);
  return place.run('validate.yml', folder, { event: 'pull_request', payload: pullRequest(proposed, from) });
}

async function check(event: string, ref: string, payload: unknown): Promise<StepRun> {
  return place.run('validate.yml', await place.checkOut(ref), { event, payload });
}

function grant(account = '100001', group = 'researcher') {
  return async (work: PolicyCheckout) => {
    work.policy({ [`members/${account}.yaml`]: memberFile(account, group, 'expires: 2027-03-31\n') });
    await work.commit(`Grant ${group} to ${account}`);
  };
}

async function changeCode(work: PolicyCheckout): Promise<void> {
  work.write('scripts/x.ts', 'export const x = 1;\n');
  await work.commit('Change the program');
}

describe('a pull request', () => {
  it('with a grant passes, and the page of the run says what it does', async () => {
    const proposed = await place.propose(grant());
    const run = await validate(proposed);
    expect(run).toMatchObject({ exitCode: 0, stdout: '1 file of policy changed: no findings\n', stderr: '' });
    expect(run.summary).toContain('100001');
    expect(run.summary).toContain('researcher');
    expect(run.outputs).toEqual({ errors: '0', changed: 'true', folder: expect.stringMatching(/ds01-policy-review$/) });
    expect(Object.keys(run.artefact)).toEqual(['plan.md', 'pull-request.json']);
    expect(run.artefact['plan.md']).toContain('100001');
    expect(JSON.parse(run.artefact['pull-request.json'] ?? '')).toMatchObject({
      version: 1,
      number: 7,
      base: proposed.base,
      head: proposed.head,
    });
  });

  it('from a fork is no different', async () => {
    const proposed = await place.propose(grant());
    expect(await validate(proposed, 'octo-cat/policy')).toMatchObject({
      exitCode: 0,
      stdout: '1 file of policy changed: no findings\n',
    });
  });

  it('with an error fails, at its line', async () => {
    const proposed = await place.propose(grant('100001', 'reseacher'));
    const run = await validate(proposed);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    expect(run.stdout).toMatch(
      /^::error file=policy\/members\/100001\.yaml,line=2,endLine=2,col=8,endColumn=17,title=group-exists::.*\n1 file of policy changed: 1 error\n$/,
    );
    expect(run.summary).toContain('group-exists');
    expect(run.artefact['plan.md']).toContain('group-exists');
  });

  it('with code alone passes, and says that it is none of policy', async () => {
    const run = await validate(await place.propose(changeCode));
    expect(run).toMatchObject({ exitCode: 0, stdout: 'no change of policy: no findings\n', stderr: '' });
    expect(run.outputs.changed).toBe('false');
  });

  it('with both fails, in one commit or in two', async () => {
    const proposed = await place.propose(async (work) => {
      await grant()(work);
      await changeCode(work);
    });
    const run = await validate(proposed);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/^::error .*title=one-concern::/m);
    expect(run.summary).toContain('scripts/x.ts');
  });

  it('by the one whom it is for fails', async () => {
    const text = `${memberFile('100001', 'researcher', 'expires: 2027-03-31\n')}github: octo-cat\n`;
    const proposed = await place.propose(async (work) => {
      work.policy({ 'members/100001.yaml': text });
      await work.commit('Grant');
    });
    expect((await validate({ ...proposed, author: 'lab-lead' })).exitCode).toBe(0);
    const run = await validate({ ...proposed, author: 'Octo-Cat' });
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(/^::error .*title=self-grant::/m);
  });

  it('is compared with what it would be merged into now', async () => {
    const proposed = await place.propose(grant());
    const { work } = place;
    await work.git('switch', '--quiet', 'main');
    await changeCode(work);
    await work.git('merge', '--quiet', '--no-edit', 'topic');
    const merge = await work.git('commit-tree', '-p', 'HEAD^1', '-p', proposed.head, '-m', 'Merge', 'HEAD^{tree}');
    await work.git('push', '--quiet', '--force', 'origin', `${merge}:refs/pull/7/merge`);
    expect(await validate(proposed)).toMatchObject({ exitCode: 0, stdout: '1 file of policy changed: no findings\n' });
  });

  it('can be about 5,000 accounts, and the page stays one that GitHub takes', async () => {
    const proposed = await place.propose(async (work) => {
      const names = Array.from({ length: 5000 }, (_, index) => String(200_000 + index));
      work.policy(Object.fromEntries(names.map((name) => [`members/${name}.yaml`, memberFile(name, 'researcher')])));
      await work.commit('Grant researcher to a whole year');
    });
    const run = await validate(proposed);
    expect(run).toMatchObject({ exitCode: 0, stdout: '5000 files of policy changed: no findings\n' });
    expect(Buffer.byteLength(run.summary)).toBeLessThan(1024 * 1024);
    expect(run.artefact['plan.md']?.length).toBeGreaterThan(run.summary.length);
  });
});

describe('what else it runs for', () => {
  it('is the first push of all, which has no base', async () => {
    const payload = { before: ZEROS, repository: REPOSITORY };
    const run = await check('push', 'refs/heads/main', payload);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.artefact).not.toHaveProperty('pull-request.json');
  });

  it('is a push and a group of a merge queue, where several pull requests are no mix', async () => {
    const { base } = await place.propose(async (work) => {
      await grant()(work);
      await changeCode(work);
    });
    const expected = { exitCode: 0, stdout: '1 file of policy changed: no findings\n' };
    expect(await check('push', 'refs/pull/7/merge', { before: base, repository: REPOSITORY })).toMatchObject(expected);
    const group = { merge_group: { base_sha: base }, repository: REPOSITORY };
    expect(await check('merge_group', 'refs/pull/7/merge', group)).toMatchObject(expected);
  });

  it('is the branch that a workflow has pushed, for the pull request that it has opened', async () => {
    await place.propose(grant(), { branch: 'grant/100001' });
    await place.work.git('push', '--quiet', 'origin', 'grant/100001');
    const payload = { inputs: { 'pull-request': '12' }, repository: REPOSITORY };
    const run = await check('workflow_dispatch', 'refs/heads/grant/100001', payload);
    expect(run).toMatchObject({ exitCode: 0, stdout: '1 file of policy changed: no findings\n' });
    expect(JSON.parse(run.artefact['pull-request.json'] ?? '')).toMatchObject({ number: 12 });
  });

  it('is nothing else', async () => {
    const refused = { exitCode: 3, stdout: '' };
    expect(await check('issue_comment', 'refs/heads/main', { repository: REPOSITORY })).toMatchObject(refused);
    const odd = [
      ['push', { before: '--upload-pack=id', repository: REPOSITORY }],
      ['merge_group', { repository: REPOSITORY }],
      ['workflow_dispatch', { inputs: { 'pull-request': '1; id' }, repository: REPOSITORY }],
      ['workflow_dispatch', { repository: { default_branch: '../../etc/passwd' } }],
    ] as const;
    for (const [event, payload] of odd) expect(await check(event, 'refs/heads/main', payload)).toMatchObject(refused);
  });
});

describe('hostile text', () => {
  it('in names, values and messages is no command, and nothing but text on the page', async () => {
    const proposed = await place.propose(async (work) => {
      work.policy({
        'members/100001.yaml': memberFile('100001', 'researcher').replace('a reason', `'${HOSTILE}'`),
        'members/::error::x ##[error].yaml': memberFile('100002', 'no-such'),
        'members/\n::error::y\r::warning::z.yaml': 'x',
      });
      work.write('scripts/\n::error::code', 'x');
      await work.git('config', 'user.name', '::error::author');
      await work.commit(`::error::subject ${HOSTILE}\n\nAcknowledge: ::error:: ##[error]`);
    });
    const run = await validate(proposed);
    expect(run.exitCode).toBe(1);
    expect(expectOnlyFindings(`${run.stdout}\n${run.stderr}`).length).toBeGreaterThan(2);
    for (const markdown of [run.summary, run.artefact['plan.md'] ?? '']) expectOnlyText(markdown);
  });
});
