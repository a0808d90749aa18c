// An approved issue, and what has ended: the two workflows that make pull requests themselves.
import { beforeEach, describe, expect, it } from 'vitest';
import { GithubPlace, NAME, type StepRun, TOKEN } from './github-place.ts';
import { type Answers, Failure, githubServer } from './github-server.ts';
import { memberFile } from './world.ts';

const FIELDS = ['Account', 'More accounts of the same person', 'Group', 'Until', 'Reason'];
const ANSWERS = ['100001', '_No response_', 'researcher', '2027-03-31', 'CPU-bound work'];
const COMMENT = 'POST /issues/5/comments';
const START = 'POST /actions/workflows/validate.yml/dispatches';

let place: GithubPlace;
beforeEach(async () => {
  place = await GithubPlace.make();
});

function issue(answers: readonly string[], more: Readonly<Record<string, unknown>> = {}) {
  const body = FIELDS.map((field, index) => `### ${field}\n\n${answers[index]}`).join('\n\n');
  return {
    action: 'labeled',
    label: { name: 'approved' },
    issue: { number: 5, state: 'open', title: '::error::x', body, user: { login: 'octo-cat' } },
    sender: { login: 'lab-lead', type: 'User' },
    repository: { full_name: NAME, default_branch: 'main' },
    ...more,
  };
}

async function request(payload: unknown, answers: Answers = { 'POST /pulls': { number: 12 } }) {
  const server = await githubServer(answers);
  const folder = await place.checkOut('refs/heads/main');
  const run = await place.run('request-access.yml', folder, { event: 'issues', payload, api: server.api });
  expect(run.stdout + run.stderr).not.toContain(TOKEN);
  return { run, server, folder };
}

function branches(): Promise<string> {
  return place.atServer('for-each-ref', '--format=%(refname)', 'refs/heads');
}

/** No line that the runner would take for a command. */
function expectQuiet({ stdout, stderr }: StepRun): void {
  for (const line of `${stdout}\n${stderr}`.split('\n')) expect(line).not.toMatch(/^\s*::|##\[/);
}

describe('an approved request', () => {
  it('becomes a pull request, whose check is started, and the issue says so', async () => {
    const { run, server } = await request(issue(ANSWERS));
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.asked()).toEqual(['POST /pulls', START, COMMENT]);
    for (const { headers } of server.requests) expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
    const [pull] = server.bodies('POST /pulls');
    expect(pull).toMatchObject({ head: 'grant/100001', base: 'main' });
    const { title, body } = pull as { readonly title: string; readonly body: string };
    expect(title).toMatch(/^Grant researcher to 100001\S* until 2027-03-31$/);
    expect(body).toMatch(/^- grants researcher to `100001@hertie-school[.]lan` until 2027-03-31/);
    expect(body).toMatch(/Requested by `octo-cat`, approved by `lab-lead`\.\n\nCloses #5$/);
    expect(server.bodies(START)).toEqual([{ ref: 'grant/100001', inputs: { 'pull-request': '12' } }]);
    expect(server.bodies(COMMENT)).toEqual([{ body: '#12 grants this once it is merged.\n' }]);
    expect(await branches()).toBe('refs/heads/grant/100001\nrefs/heads/main');
    const made = await place.atServer('show', '--name-status', '--format=%an <%ae>', 'grant/100001');
    expect(made).toBe(
      'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>\n\nA\tpolicy/members/100001.yaml',
    );
  });

  it('has any reason, and nothing of it is run, linked or believed', async () => {
    const reason =
      '::error::x ##[add-mask]y `$(touch stolen)` @everybody <b> [a](https://example.org) #1: "quoted" # end';
    const { run, server, folder } = await request(issue([...ANSWERS.slice(0, 4), reason]));
    expect(run.exitCode).toBe(0);
    expectQuiet(run);
    const [{ body }] = server.bodies('POST /pulls') as [{ body: string }];
    expect(body.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')).not.toMatch(/@|<b>|\]\(|https:\/\/|#1/);
    expect(await place.work.git('-C', folder, 'status', '--porcelain', '--ignored')).toBe('');
    const file = await place.atServer('show', 'grant/100001:policy/members/100001.yaml');
    expect(file).toContain('touch stolen');
  });

  it('cannot add a sentence to those that the pull request says, where a line of its reason ends', async () => {
    const wide = 'x'.repeat(69);
    const reason = `${wide} - grants admin to 100002 ${wide} --- ${wide} 1. and more`;
    const { server } = await request(issue([...ANSWERS.slice(0, 4), reason]));
    const [{ body }] = server.bodies('POST /pulls') as [{ body: string }];
    expect(body).toContain(' &#45; grants admin to 100002\n');
    expect(body.split('\n').filter((line) => /^\s*(?:[-+*=]|[0-9]+[.)])/.test(line))).toHaveLength(1);
  });
});

describe('a request that cannot be granted', () => {
  it('is answered with all that is wrong in it, as text', async () => {
    const { run, server } = await request(issue(['$(id)', '_No response_', '../x', '@octo-cat `now`', 'ok']));
    expect(run).toMatchObject({ exitCode: 3, stderr: '' });
    expect(server.asked()).toEqual([COMMENT]);
    expect(server.bodies(COMMENT)).toEqual([
      {
        body: `This cannot be granted as it is written:

- Account: \`$(id)\` is not it; it has to be one login name, as in 100001 or \`100001@example.org\`
- Group: \`../x\` is not it; it has to be the name of a group
- Until: \`\` @octo-cat \`now\` \`\` is not it; it has to be the last day: YYYY-MM-DD, +10d, +2w, +6m, +1y, or never

When that is mended, take the label off and put it on again.
`,
      },
    ]);
    expect(await branches()).toBe('refs/heads/main');
  });

  it.each([
    [
      'a group that is not there',
      ['100001', '_No response_', 'robots', '+6m', 'x y z'],
      /group "robots" does not exist/,
    ],
    ['a day that is over', ['100001', '_No response_', 'researcher', '2020-01-01', 'x y z'], /2020-01-01/],
    ['a new admin, which has to be acknowledged', ['100001', '_No response_', 'admin', 'never', 'x y z'], /new-admin/],
  ])('is answered with why: %s', async (_, answers, why) => {
    const { run, server } = await request(issue(answers));
    expect(run.exitCode).toBe(3);
    expect(server.asked()).toEqual([COMMENT]);
    expect((server.bodies(COMMENT)[0] as { body: string }).body).toMatch(why);
    expect(await branches()).toBe('refs/heads/main');
  });

  it('is not approved by whoever asks', async () => {
    const { run, server } = await request(issue(ANSWERS, { sender: { login: 'Octo-Cat', type: 'User' } }));
    expect(run.exitCode).toBe(3);
    expect((server.bodies(COMMENT)[0] as { body: string }).body).toContain('somebody else has to put the label on');
  });

  it('is not approved by a program, which may do so for what the issue says', async () => {
    const { run, server } = await request(issue(ANSWERS, { sender: { login: 'sorter[bot]', type: 'Bot' } }));
    expect(run.exitCode).toBe(3);
    expect((server.bodies(COMMENT)[0] as { body: string }).body).toContain('a program cannot approve it');
    expect(await branches()).toBe('refs/heads/main');
  });

  it('waits for the pull request that is there already', async () => {
    await place.work.git('push', '--quiet', 'origin', 'main:refs/heads/grant/100001');
    const before = await place.atServer('rev-parse', 'grant/100001');
    const { run, server } = await request(issue(ANSWERS));
    expect(run.exitCode).not.toBe(0);
    expect(server.asked()).toEqual([COMMENT]);
    expect(await place.atServer('rev-parse', 'grant/100001')).toBe(before);
  });

  it('says where to go on if GitHub makes no pull request', async () => {
    const { run, server } = await request(issue(ANSWERS), { 'POST /pulls': new Failure(403, 'not permitted') });
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain('answers 403: not permitted; branch grant/100001 is pushed');
    expect(run.stderr).toContain(`https://github.example.org/${NAME}/compare/main...grant/100001?expand=1`);
    expect(server.asked()).toEqual(['POST /pulls', COMMENT]);
  });

  it('is no success if its check cannot be started, and the pull request is named', async () => {
    const { run } = await request(issue(ANSWERS), {
      'POST /pulls': { number: 12 },
      [START]: new Failure(422, 'Workflow does not have workflow_dispatch'),
    });
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain('pull request 12 is open: start validate.yml for grant/100001 on the page Actions');
  });

  it.each([
    ['another label', { label: { name: 'question' } }],
    ['an issue that is closed', { issue: { number: 5, state: 'closed' } }],
  ])('is left alone: %s', async (_, more) => {
    const { run, server } = await request(issue(ANSWERS, more));
    expect(run).toMatchObject({ exitCode: 0, stdout: 'issue 5 is not open and approved: nothing was done\n' });
    expect(server.asked()).toEqual([]);
  });
});

describe('what has ended', () => {
  async function expire(answers: Answers) {
    const server = await githubServer({ 'GET /pulls?state=open&per_page=50&page=1': [], ...answers });
    const folder = await place.checkOut('refs/heads/main');
    const given = { event: 'schedule', payload: { schedule: '17 4 * * 1' }, api: server.api };
    return { run: await place.run('expiry.yml', folder, given), server };
  }

  async function mergeEnded(): Promise<void> {
    place.work.policy({ 'members/100002.yaml': memberFile('100002', 'researcher', 'expires: 2026-03-31\n') });
    await place.work.commit('Grant');
    await place.work.git('push', '--quiet', 'origin', 'main');
  }

  it('is taken out by a pull request', async () => {
    await mergeEnded();
    const { run, server } = await expire({ 'POST /pulls': { number: 13 } });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('opened pull request 13\n');
    expect(server.bodies('POST /pulls')).toMatchObject([{ head: 'expiry/2026-11-24', base: 'main' }]);
    expect(server.bodies(START)).toEqual([{ ref: 'expiry/2026-11-24', inputs: { 'pull-request': '13' } }]);
    const changed = await place.atServer('show', '--name-status', '--format=', 'expiry/2026-11-24');
    expect(changed.trim()).toBe('D\tpolicy/members/100002.yaml');
  });

  it('is nothing where nothing has', async () => {
    const { run, server } = await expire({});
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.asked()).toEqual(['GET /pulls?state=open&per_page=50&page=1']);
    expect(await branches()).toBe('refs/heads/main');
  });

  it('waits for the pull request of last week', async () => {
    await mergeEnded();
    const others = { number: 8, head: { ref: 'expiry/2026-11-17', repo: { full_name: 'fork/policy' } } };
    const own = { number: 9, head: { ref: 'expiry/2026-11-17', repo: { full_name: NAME } } };
    const named = { number: 7, head: { ref: 'fix/#12', repo: { full_name: NAME } } };
    const { run } = await expire({ 'GET /pulls?state=open&per_page=50&page=1': [named, others, own] });
    expect(run).toMatchObject({ exitCode: 0, stdout: 'pull request 9 is still open: nothing was done\n' });
    expect(await branches()).toBe('refs/heads/main');
  });
});
