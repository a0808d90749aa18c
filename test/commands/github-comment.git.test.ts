// The comment at a pull request: it has the rights of the repository, and believes nothing that the pull request says.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectOnlyFindings, expectOnlyText, HOSTILE } from '../support/only-text.ts';
import { GithubPlace, NAME, type Proposed, TOKEN } from './github-place.ts';
import { type Answers, Failure, githubServer } from './github-server.ts';
import type { PolicyCheckout } from './policy-checkout.ts';
import { memberFile } from './world.ts';

const MARK = '<!-- ds01-policy plan -->';
const PULL = 'GET /pulls/7';
const LIST = 'GET /issues/7/comments?per_page=50&page=1';
const POST = 'POST /issues/7/comments';

let place: GithubPlace;
beforeEach(async () => {
  place = await GithubPlace.make();
});

function grant(group = 'researcher') {
  return async (work: PolicyCheckout) => {
    work.policy({ 'members/100001.yaml': memberFile('100001', group, 'expires: 2027-03-31\n') });
    await work.commit(`Grant ${group} to 100001`);
  };
}

/** The pull request as GitHub answers for it. */
function pull({ head, author }: Proposed, more: Readonly<Record<string, unknown>> = {}) {
  return {
    number: 7,
    state: 'open',
    title: '::error::x',
    user: { login: author },
    base: { ref: 'main', repo: { full_name: NAME } },
    head: { sha: head, repo: { full_name: 'octo-cat/policy' } },
    ...more,
  };
}

/** What the run of the pull request has left, which can be anything. */
const ARTEFACT = { 'pull-request.json': '{"version":1,"number":7}', 'plan.md': '# lies' };

function payloadOf({ head }: Proposed) {
  return {
    workflow_run: { id: 4242, event: 'pull_request', head_sha: head, head_branch: '`$(id)`' },
    repository: { full_name: NAME, default_branch: 'main' },
  };
}

/** Runs after a check of the newest commit of what is proposed. */
async function comment(
  proposed: Proposed,
  answers: Answers = {},
  artefact: Readonly<Record<string, string>> = ARTEFACT,
) {
  const server = await githubServer({ [PULL]: pull(proposed), [LIST]: [], ...answers });
  const folder = await place.checkOut('refs/heads/main');
  const given = { event: 'workflow_run', payload: payloadOf(proposed), api: server.api, artefact };
  const run = await place.run('plan-comment.yml', folder, given);
  expect(run.stdout + run.stderr).not.toContain(TOKEN);
  return { run, server, folder };
}

function bodyOf(server: Awaited<ReturnType<typeof githubServer>>, request = POST): string {
  return (server.bodies(request) as readonly { readonly body: string }[])[0]?.body ?? '';
}

describe('a pull request', () => {
  it('gets one comment that says what it does, and a status', async () => {
    const proposed = await place.propose(grant());
    const { run, server } = await comment(proposed);
    expect(run).toMatchObject({ exitCode: 0, stdout: 'pull request 7: the comment is written\n', stderr: '' });
    const status = `POST /statuses/${proposed.head}`;
    expect(server.asked()).toEqual([PULL, PULL, LIST, POST, status]);
    expect(server.bodies(status)).toEqual([
      { state: 'success', description: 'no findings', context: 'ds01-policy/review' },
    ]);
    const body = bodyOf(server);
    expect(body.startsWith(`${MARK}\n\n`)).toBe(true);
    expect(body).toContain('100001');
    expect(body).toContain(`About \`${proposed.head.slice(0, 12)}\`, by the code of the base branch.`);
    expect(body).toContain(`[All of it](https://github.example.org/${NAME}/actions/runs/4242)`);
    expect(body).not.toContain('lies');
  });

  it('keeps its comment, which is written anew', async () => {
    const strangers = Array.from({ length: 50 }, (_, id) => ({
      id: id + 1,
      user: { type: 'User' },
      body: `${MARK} me`,
    }));
    const own = { id: 99, user: { type: 'Bot' }, body: `${MARK}\nold` };
    const { run, server } = await comment(await place.propose(grant()), {
      [LIST]: strangers,
      'GET /issues/7/comments?per_page=50&page=2': [{ id: 98, user: { type: 'Bot' }, body: 'another bot' }, own],
    });
    expect(run).toMatchObject({ exitCode: 0, stdout: 'pull request 7: the comment is written anew\n' });
    expect(bodyOf(server, 'PATCH /issues/comments/99')).toContain('100001');
    expect(server.asked()).not.toContain(POST);
  });

  it('with errors has them in its comment, and fails the status', async () => {
    const proposed = await place.propose(grant('reseacher'));
    const { run, server } = await comment(proposed);
    expect(run.exitCode).toBe(0);
    expect(server.bodies(`POST /statuses/${proposed.head}`)).toMatchObject([
      { state: 'failure', description: '1 error' },
    ]);
    expect(bodyOf(server)).toContain('group-exists');
  });

  it('that changes its own check together with policy is seen as what it is', async () => {
    const proposed = await place.propose(async (work) => {
      await grant()(work);
      work.write('package.json', '{"scripts": {"ds01-policy": "touch stolen"}}\n');
      work.write('scripts/cli.ts', 'process.exit(0);\n');
      await work.commit('Be nice to the check');
    });
    const { run, server, folder } = await comment(proposed);
    expect(run.exitCode).toBe(0);
    expect(server.bodies(`POST /statuses/${proposed.head}`)).toMatchObject([{ state: 'failure' }]);
    expect(bodyOf(server)).toContain('one-concern');
    // It was read, and nothing of it is there.
    expect(await place.work.git('-C', folder, 'status', '--porcelain')).toBe('');
    expect(await place.work.git('-C', folder, 'rev-parse', 'HEAD')).toBe(proposed.base);
  });

  it('has nothing in its comment that is a link, a mention or HTML', async () => {
    const proposed = await place.propose(async (work) => {
      work.policy({
        'members/100001.yaml': memberFile('100001', 'researcher').replace('a reason', `'${HOSTILE}'`),
        'groups/guests.yaml': `description: '${HOSTILE}'\nlimits:\n  per_group: { tasks_max: 65536 }\n`,
      });
      await work.commit(`${HOSTILE}\n\nAcknowledge: ${HOSTILE}`);
      work.write(`scripts/${HOSTILE.replaceAll('/', '')}`, 'x');
      await work.commit(HOSTILE);
    });
    const { run, server } = await comment(proposed);
    expect(run.exitCode).toBe(0);
    expect(expectOnlyFindings(run.stdout + run.stderr)).toEqual([]);
    const body = bodyOf(server);
    expect(body).toContain('one-concern');
    expectOnlyText(body, [MARK, `[All of it](https://github.example.org/${NAME}/actions/runs/4242)`]);
  });

  it('cannot keep what somebody acknowledges out of its comment by a subject without an end', async () => {
    const endless = `${'@.:"`'.repeat(20_000)}x`;
    const proposed = await place.propose(async (work) => {
      await grant('admin')(work);
      await work.commit(`${endless}\n\nAcknowledge: new-admin 100001@hertie-school.lan`, '--allow-empty');
    });
    const { run, server } = await comment(proposed);
    expect(run.exitCode).toBe(0);
    expect(server.bodies(`POST /statuses/${proposed.head}`)).toMatchObject([{ state: 'success' }]);
    expect(bodyOf(server)).toMatch(
      /acknowledged in this change[*]{2}\n\n- "`100001@hertie-school[.]lan`" becomes an admin/,
    );
  });

  it('of code alone needs none', async () => {
    const proposed = await place.propose(async (work) => {
      work.write('scripts/x.ts', 'export const x = 1;\n');
      await work.commit('Change the program');
    });
    const { run, server } = await comment(proposed);
    expect(run).toMatchObject({ exitCode: 0, stdout: 'pull request 7: no change of policy, and no comment\n' });
    expect(server.asked()).not.toContain(POST);
  });

  it('of 5,000 accounts has a comment that GitHub takes', async () => {
    const proposed = await place.propose(async (work) => {
      const names = Array.from({ length: 5000 }, (_, index) => String(200_000 + index));
      work.policy(Object.fromEntries(names.map((name) => [`members/${name}.yaml`, memberFile(name, 'reseacher')])));
      await work.commit('Grant researcher to a whole year');
    });
    const { run, server } = await comment(proposed);
    expect(run.exitCode).toBe(0);
    expect(bodyOf(server).length).toBeLessThan(65_536);
    expect(bodyOf(server)).toMatch(/[0-9]+ of 5000 findings shown/);
  });
});

describe('nothing is done', () => {
  it.each([
    ['it has moved on', { head: { sha: 'f'.repeat(40) } }, 'the pull request has moved on'],
    ['it is closed', { state: 'closed' }, 'the pull request is not open any more'],
    ['it is for another branch', { base: { ref: 'other', repo: { full_name: NAME } } }, 'is not for main'],
    ['it is of another repository', { base: { ref: 'main', repo: { full_name: 'x/y' } } }, 'is not for main'],
  ])('where %s', async (_, more, why) => {
    const proposed = await place.propose(grant());
    const { run, server } = await comment(proposed, { [PULL]: pull(proposed, more) });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain(`nothing was done: `);
    expect(run.stdout).toContain(why);
    expect(server.asked()).toEqual([PULL]);
  });

  it('where it moves on while it is read', async () => {
    const proposed = await place.propose(grant());
    let asked = 0;
    const answers = { [PULL]: () => (++asked === 1 ? pull(proposed) : pull({ ...proposed, head: 'f'.repeat(40) })) };
    const { run, server } = await comment(proposed, answers);
    expect(run.stdout).toContain('the pull request has moved on');
    expect(server.asked()).toEqual([PULL, PULL]);
  });

  it('where the check has not come far', async () => {
    const { run, server } = await comment(await place.propose(grant()), {}, {});
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.asked()).toEqual([]);
  });

  it.each(['{', '{"number": "../../user"}', '{"number": 1e99}'])('where the artefact says %s', async (artefact) => {
    const { run, server } = await comment(await place.propose(grant()), {}, { 'pull-request.json': artefact });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('has no number of a pull request');
    expect(server.asked()).toEqual([]);
  });
});

describe('GitHub', () => {
  it('that takes no comment has no green status, either', async () => {
    const { run, server } = await comment(await place.propose(grant()), { [POST]: new Failure(403, 'locked') });
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(server.asked()).toEqual([PULL, PULL, LIST, POST]);
  });

  it('that answers with an error is no success', async () => {
    const { run } = await comment(await place.propose(grant()), { [PULL]: new Failure(502, '::error::x ##[error]y') });
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toContain('read pull request 7');
    for (const line of run.stderr.split('\n')) expect(line).not.toMatch(/^\s*::|##\[/);
  });

  it('is asked by git, too, with the token, which is nowhere else', async () => {
    const proposed = await place.propose(grant());
    const server = await githubServer({ [PULL]: pull(proposed) });
    const folder = await place.checkOut('refs/heads/main');
    await place.work.git('-C', folder, 'remote', 'set-url', 'origin', `${server.api}/${NAME}.git`);
    const env = { GITHUB_SERVER_URL: server.api };
    const given = { event: 'workflow_run', payload: payloadOf(proposed), api: server.api, artefact: ARTEFACT, env };
    const run = await place.run('plan-comment.yml', folder, given);
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain('fetch pull request 7: git');
    const [, fetched] = server.requests;
    expect(fetched?.path).toBe(`/${NAME}.git/info/refs?service=git-upload-pack`);
    expect(fetched?.headers.authorization).toBe(`basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`);
    expect(run.stderr + readFileSync(`${folder}/.git/config`, 'utf8')).not.toMatch(/token_of|x-access|basic/i);
  });
});
