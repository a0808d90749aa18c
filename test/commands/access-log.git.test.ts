import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { PolicyCheckout } from './policy-checkout.ts';
import { memberFile, Place } from './world.ts';

const GITHUB = { GIT_COMMITTER_NAME: 'GitHub', GIT_COMMITTER_EMAIL: 'noreply@github.com' };

/** A repository with all the ways in which a commit comes onto a branch. */
async function begin(): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  await place.git('tag', 'v0.1.0');
  await place.git('switch', '--quiet', '--create', 'grant');
  place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2027-03-31\n') });
  await place.commit('Grant researcher to 100001', '--author', 'Ada <ada@example.org>');
  place.edit('members/100001.yaml', 'a reason', 'another | reason');
  await place.commit('Say why', '--author', 'Bob <bob@example.org>');
  await place.git('switch', '--quiet', 'main');
  place.write('README.md', 'words\n');
  await place.commit('Write words');
  await place.git('merge', '--quiet', '--no-ff', '--message', 'Merge pull request #12 from lab/grant', 'grant');
  place.edit('groups/researcher.yaml', 'tasks_max: 65536', 'tasks_max: 131072');
  await place.asTester(
    `git add --all && ${env(GITHUB)} git commit --quiet --author 'Ada <ada@example.org>' --message 'Raise tasks_max (#13)'`,
  );
  place.policy({ 'members/100001.yaml': undefined });
  await place.commit('Take researcher from 100001', '--author', 'Ada <ada@example.org>');
  return place;
}

function env(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

const WHOLE = `DATE  commit NAME
  written by Ada <ada@example.org>, merged by Tester <tester@example.org>
  takes researcher from 100001@hertie-school.lan
DATE  commit NAME, pull request #13
  written by Ada <ada@example.org>
  raises tasks_max of all members of researcher together from 65536 to 131072
DATE  commit NAME, pull request #12
  written by Ada <ada@example.org>, Bob <bob@example.org>, merged by Tester <tester@example.org>
  grants researcher to 100001@hertie-school.lan until 2027-03-31: another | reason
DATE  commit NAME
  written by Tester <tester@example.org>
  grants researcher to 204214 (204214@hertie-school.lan, s.kaiser@hertie-school.lan) without end: CPU-bound scikit-learn work, throttled at the student quota of 16 cores
`;

function withoutNames(stdout: string): string {
  return stdout.replace(/^[0-9]{4}-[0-9]{2}-[0-9]{2} {2}commit [0-9a-f]{7,40}/gm, 'DATE  commit NAME');
}

describe('history --policy', () => {
  it('tells who gave what to whom, from git alone, in all formats', async () => {
    const place = await begin();
    // Not committed: not told.
    place.policy({ 'members/204214.yaml': undefined, 'members/x.yaml': 'group: [' });
    const state = await place.state();
    const text = await place.program(['history', '--policy']);
    expect({ ...text, stdout: withoutNames(text.stdout).slice(0, WHOLE.length) }).toEqual({
      ...{ exitCode: 0, stdout: WHOLE, stderr: '' },
    });
    const json = JSON.parse((await place.program(['history', '--policy=policy', '--format', 'json'])).stdout);
    expect(json).toMatchObject({ version: 1, entries: { length: 4 } });
    expect(json.entries[2]).toMatchObject({
      commit: await place.git('rev-parse', 'HEAD~2'),
      short: await place.short('HEAD~2'),
      subject: 'Merge pull request #12 from lab/grant',
      authors: [
        { name: 'Ada', mail: 'ada@example.org' },
        { name: 'Bob', mail: 'bob@example.org' },
      ],
      merger: { name: 'Tester', mail: 'tester@example.org' },
      pullRequest: '#12',
      events: [
        { kind: 'grant', grant: { member: '100001' }, sentence: expect.stringMatching(/^grants researcher to /) },
      ],
    });
    const csv = (await place.program(['history', '--policy', '--format', 'csv'])).stdout.split('\r\n');
    expect(csv).toHaveLength(2 + json.entries.flatMap(({ events }: { events: unknown[] }) => events).length);
    expect(await place.state()).toEqual(state);
  });

  it('since a release, in the form of its changelog', async () => {
    const place = await begin();
    const { stdout } = await place.program('history --policy --since v0.1.0 --format markdown'.split(' '));
    expect(stdout.replaceAll(/^- 2026-11-[0-9]{2}: /gm, '- DATE: ')).toBe(
      [
        '- DATE: `takes researcher from 100001@hertie-school.lan` (by `Ada`; merged by `Tester`)',
        '- DATE: `raises tasks_max of all members of researcher together from 65536 to 131072` (by `Ada`; #13)',
        '- DATE: `grants researcher to 100001@hertie-school.lan until 2027-03-31: another | reason` (by `Ada`, `Bob`; merged by `Tester`; #12)',
        '',
      ].join('\n'),
    );
    expect(await place.program('history --policy --since HEAD --format markdown'.split(' '))).toMatchObject({
      ...{ exitCode: 0, stdout: '' },
    });
    const [unknown, foreign] = await Promise.all([
      place.program(['history', '--policy', '--since', 'v9']),
      place.program(['history', '100001@elsewhere.example.org', '--policy']),
    ]);
    expect(unknown).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining(
        '--since "v9" is not the name of one commit: git tag and git log --oneline list them',
      ),
    });
    expect(foreign).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('is not an account of this site: write name@hertie-school.lan'),
    });
  });

  it('of one account in any spelling, also when its file is gone', async () => {
    const place = await begin();
    const spellings = ['100001', '100001@HERTIE-school.lan', '100001@phd.hertie-school.org'];
    const runs = await Promise.all(spellings.map((spelling) => place.program(['history', spelling, '--policy'])));
    const [first, ...others] = runs.map(({ stdout }) => withoutNames(stdout));
    expect(first).toMatch(/^100001@hertie-school[.]lan\nDATE {2}commit NAME\n/);
    expect(first).not.toContain('tasks_max');
    expect(first?.match(/ (takes|grants) /g)).toHaveLength(2);
    expect(others).toEqual([first, first]);
    expect(await place.program(['history', 'nobody', '--policy'])).toMatchObject({
      ...{ exitCode: 0, stdout: 'nothing is told of nobody@hertie-school.lan\n' },
    });
  });

  it('reads what git says, whatever is in the names of files, in messages, and in the settings of this person', async () => {
    const place = await PolicyCheckout.make();
    const object = '0'.repeat(40);
    place.policy({
      [`:100644 100644 ${object} ${object} M`]: 'words\n',
      [object]: 'words\n',
      'members/ü\n"x.yaml': 'group: [',
      'members/100001.yaml': memberFile('100001', 'researcher'),
    });
    await place.commit(`commit ${object}\n\ncommit ${object}\nMerge pull request #7 from x/y`);
    for (const [key, value] of [
      ['log.showSignature', 'true'],
      ['log.showRoot', 'false'],
      ['color.ui', 'always'],
      ['diff.renames', 'copies'],
      ['diff.external', 'false'],
      ['core.abbrev', '12'],
      ['core.quotePath', 'true'],
    ] as const) {
      await place.git('config', key, value);
    }
    const { exitCode, stdout, stderr } = await place.program(['history', '--policy']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(withoutNames(stdout)).toMatch(
      new RegExp(
        [
          '^DATE {2}commit NAME',
          ' {2}written by Tester <tester@example[.]org>',
          ' {2}leaves members/ü\\\\u\\{a\\}"x[.]yaml so that it cannot be read as policy: what it says is not known',
          ' {2}grants researcher to 100001@hertie-school[.]lan without end: a reason',
          'DATE {2}commit NAME\n',
        ].join('\n'),
      ),
    );
  });

  it('refuses what is not a whole repository', async () => {
    const place = await begin();
    await place.git('clone', '--quiet', '--depth', '1', `file://${place.folder}`, 'root/shallow');
    expect(await place.program(['history', '--policy=root/shallow/policy'])).toMatchObject({
      ...{ exitCode: 3, stdout: '' },
      stderr: expect.stringContaining('only a part of its history; fetch the rest with git fetch --unshallow'),
    });
    const { folder } = new Place();
    expect(await runCli(['history', '--policy'], { cwd: folder })).toMatchObject({
      ...{ exitCode: 3, stdout: '' },
      stderr: expect.stringContaining('"policy" is not in a checkout of a git repository'),
    });
  });
});
