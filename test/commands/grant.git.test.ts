import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { text } from '../../scripts/report/markdown.ts';
import type { Run } from '../support/run-cli.ts';
import { PolicyCheckout, TODAY } from './policy-checkout.ts';
import { addRemote, changedLines, fakeGh, ghCall, onRemote, spoken } from './proposing.ts';
import { contents } from './world.ts';

const GRANT = [
  'grant',
  '100001',
  'researcher',
  '--until',
  '+6m',
  '--reason',
  'CPU-bound work: 16 cores are not enough',
];
const FILE = `\
# yaml-language-server: $schema=../../schemas/member.schema.json
accounts: [100001@hertie-school.lan]
group: researcher
reason: "CPU-bound work: 16 cores are not enough"
granted: ${TODAY}
expires: 2027-05-24
`;

describe('a grant', () => {
  let place: PolicyCheckout;
  let run: Run;
  beforeAll(async () => {
    place = await PolicyCheckout.make();
    await addRemote(place, 'https://github.com/lab/policy.git');
    run = await place.program(GRANT, fakeGh(place));
  });

  it('is one command from a clone to a pull request, and says what it does', async () => {
    expect(await spoken(place, run)).toEqual({
      exitCode: 0,
      stdout: `\
+ ds01-researcher-100001.slice  100001 in researcher, policy/members/100001.yaml:3

who
  100001 moves from student to researcher until 2027-05-24: CPU 16 → 128 cores shared with the group, memory 32G → 128G shared with the group, tasks 65536 → 65536 shared with the group; each container: 16 → 64 cores, 32G → 128G of memory (policy/members/100001.yaml:3). Reason: CPU-bound work: 16 cores are not enough

danger
  containers of 100001 that run keep the limits of student until they are made anew

ds01 on ${TODAY}: 1 account gets something else; no limit falls
digest …, of a host that has policy as it was before

committed as <commit> on branch grant/100001, which is checked out now
pushed to origin
pull request https://github.com/lab/policy/pull/7

next
  git show                  the record: what, for whom, until when
  look at the pull request  hosts follow after the merge
  git switch main           back to where you were
`,
      stderr: '',
    });
  });

  it('is one new file, in one commit on top of what was checked out', async () => {
    expect(await place.git('diff', '--name-status', 'main', 'HEAD')).toBe('A\tpolicy/members/100001.yaml');
    expect(await place.git('rev-parse', 'HEAD^')).toBe(await place.git('rev-parse', 'main'));
    expect(readFileSync(place.at('policy/members/100001.yaml'), 'utf8')).toBe(FILE);
    expect(await place.git('status', '--porcelain', '--untracked-files=all')).toBe('');
    expect(await place.git('worktree', 'list')).toMatch(/^[^\n]+$/);
  });

  it('is on the remote, and followed there', async () => {
    expect(await onRemote(place, 'grant/100001')).toBe(await place.git('rev-parse', 'HEAD'));
    expect(await place.git('rev-parse', '--abbrev-ref', '@{upstream}')).toBe('origin/grant/100001');
    expect(await onRemote(place, 'main')).toBe(await place.git('rev-parse', 'main'));
  });

  it('has the access log as its message', async () => {
    expect(await place.message()).toBe(`\
Grant researcher to 100001 until 2027-05-24

- grants researcher to 100001@hertie-school.lan until 2027-05-24:
  CPU-bound work: 16 cores are not enough
`);
  });

  it('is a pull request for the branch that it came from', () => {
    const where = ['--repo', 'github.com/lab/policy', '--head', 'grant/100001', '--base', 'main'];
    const what = ['--title', 'Grant researcher to 100001 until 2027-05-24', '--body-file', '-'];
    const sentence =
      'grants researcher to 100001@hertie-school.lan until 2027-05-24: CPU-bound work: 16 cores are not enough';
    expect(ghCall(place)).toEqual({
      args: ['pr', 'create', ...where, ...what].map((word) => `${word}\n`).join(''),
      body: `- ${text(sentence)}\n`,
    });
  });

  it('passes validate as a change', async () => {
    const run = await place.program(['validate', '--base', 'main']);
    expect(run).toEqual({ exitCode: 0, stdout: 'no findings\n', stderr: '' });
  });
});

describe.concurrent('somebody who has a file', () => {
  const MEMBER = 'members/204214.yaml';
  const committed = async (args: readonly string[], before?: (place: PolicyCheckout) => void) => {
    const place = await PolicyCheckout.make();
    before?.(place);
    if (before) await place.commit('Before');
    const { exitCode, stderr } = await place.program([...args, '--no-push']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return changedLines(place);
  };

  it('moves to another group in the same file, from today on', async () => {
    const args = ['grant', 'S.Kaiser', 'admin', '--until', '2027-01-31', '--reason', 'repairs "ds01"', '--acknowledge'];
    expect(await committed(args)).toEqual([
      '-group: researcher',
      '-reason: CPU-bound scikit-learn work, throttled at the student quota of 16 cores',
      '-granted: 2025-12-05',
      '-expires: never',
      '+group: admin',
      '+reason: repairs "ds01"',
      `+granted: ${TODAY}`,
      '+expires: 2027-01-31',
    ]);
  });

  it('whose grant has ended is granted it anew', async () => {
    const args = ['grant', '204214', 'researcher', '--until', 'never', '--reason', 'again'];
    expect(await committed(args, (place) => place.edit(MEMBER, 'expires: never', 'expires: 2026-01-31'))).toEqual([
      '-reason: CPU-bound scikit-learn work, throttled at the student quota of 16 cores',
      '-granted: 2025-12-05',
      '-expires: 2026-01-31',
      '+reason: again',
      `+granted: ${TODAY}`,
      '+expires: never',
    ]);
  });

  it('gets one more account in its line, with its comment', async () => {
    const args = [
      'grant',
      '204214',
      'researcher',
      '--until',
      'never',
      '--reason',
      'x',
      '--account',
      'Kaiser@phd.hertie-school.org',
    ];
    expect(await committed(args)).toEqual([
      '-accounts: [204214@hertie-school.lan, s.kaiser@hertie-school.lan] # one person, two logins',
      '+accounts: [204214@hertie-school.lan, s.kaiser@hertie-school.lan, kaiser@hertie-school.lan] # one person, two logins',
    ]);
  });

  it('gets one more account for a reason that is in the record, as the file keeps its own', async () => {
    const place = await PolicyCheckout.make();
    const what = ['grant', 'kaiser', 'researcher', '--until', 'never', '--account', '204214'];
    const run = await place.program([...what, '--reason', 'a login for the cluster', '--no-push']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.message()).toContain('\n- reason: a login for the cluster\n');
  });
});

describe.concurrent('is refused by a clear word, and nothing is changed:', () => {
  const given = (account: string, group: string, until: string, ...more: readonly string[]) => {
    return ['grant', account, group, '--until', until, '--reason', 'x', ...more];
  };
  const LENGTH = 'a grant for researcher may last 365 days, until 2027-11-23, not';

  it.each<[string, readonly string[], string]>([
    [
      'an account of nobody',
      given('a@example.org', 'researcher', 'never'),
      '"a@example.org" is not an account of this site: write name@hertie-school.lan',
    ],
    [
      'an unknown group',
      given('100001', 'reseacher', 'never'),
      'group "reseacher" does not exist: the groups are admin, researcher, student; did you mean researcher?',
    ],
    [
      'no day',
      given('100001', 'researcher', 'soon'),
      '--until "soon" is not a day: write YYYY-MM-DD, or +10d, +2w, +6m, +1y, or never',
    ],
    ['a past day', given('100001', 'researcher', '2026-11-23'), `--until "2026-11-23" is over: today is ${TODAY}`],
    [
      'an end before the beginning',
      given('100001', 'researcher', '+1d', '--from', '+2d'),
      'the grant would end on 2026-11-25, before it begins on 2026-11-26',
    ],
    ['too long', given('100001', 'researcher', '+1y'), `${LENGTH} until 2027-11-24`],
    ['without an end', given('100001', 'researcher', 'never'), `${LENGTH} for ever`],
    [
      'two lines',
      [...given('100001', 'researcher', '+1d').slice(0, -1), 'a\nb'],
      '--reason has more than one line: write one',
    ],
    ['nothing given', ['grant'], 'ACCOUNT is missing'],
    ['no group', ['grant', '100001'], 'GROUP is missing'],
    ['no end', ['grant', '100001', 'researcher'], '--until DATE|never is missing'],
    ['no reason', ['grant', '100001', 'researcher', '--until', '+1d'], '--reason TEXT is missing'],
  ])('%s', async (_what, args, message) => {
    const place = limited();
    const before = contents(place.folder);
    const stderr = `ds01-policy: ${message}\nsee ds01-policy grant --help\n`;
    expect(await place.program([...args, '--no-commit'])).toEqual({ exitCode: 64, stdout: '', stderr });
    expect(contents(place.folder)).toEqual(before);
  });

  it.each<[string, readonly string[], string]>([
    [
      'what exists',
      given('204214', 'researcher', 'never'),
      '204214@hertie-school.lan has researcher without an end already; policy/members/204214.yaml says so',
    ],
    [
      'another end',
      given('204214', 'researcher', '+1m'),
      '204214@hertie-school.lan has researcher without an end already; ds01-policy extend 204214 --until 2026-12-24 gives it another end',
    ],
    [
      'another end, named by an account that is to be added',
      given('100001', 'researcher', '+1m', '--account', 's.kaiser'),
      's.kaiser@hertie-school.lan has researcher without an end already; ds01-policy extend 204214 --until 2026-12-24 gives it another end',
    ],
    [
      'another first day',
      given('204214', 'researcher', 'never', '--account', '100001', '--from', '+1w'),
      'the grant in policy/members/204214.yaml has 2025-12-05 as its first day already: leave --from out',
    ],
    [
      'accounts of two',
      given('204214', 'admin', 'never', '--account', 'datasciencelab'),
      '204214@hertie-school.lan is in policy/members/204214.yaml and datasciencelab@hertie-school.lan is in policy/members/datasciencelab.yaml: one person has one file; revoke one of the two first',
    ],
    [
      'the slice of somebody else',
      given('204214.@hertie-school.lan', 'researcher', '+1d'),
      'policy/members/204214.yaml is the file of 204214@hertie-school.lan, s.kaiser@hertie-school.lan, whose slice would have the same name',
    ],
  ])('%s', async (_what, args, message) => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const stderr = `ds01-policy: ${message}\nnothing was changed\n`;
    expect(await place.program(args)).toEqual({ exitCode: 3, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  // Without a commit, a clear word needs no git.
  function limited(): PolicyCheckout {
    const place = new PolicyCheckout();
    place.edit('groups/researcher.yaml', 'limits:\n', 'longest_grant: 365d\nlimits:\n');
    place.edit(
      'members/204214.yaml',
      'granted: 2025-12-05\nexpires: never',
      'granted: 2026-11-01\nexpires: 2027-10-31',
    );
    return place;
  }
});
