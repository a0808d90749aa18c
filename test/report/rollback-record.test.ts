import { describe, expect, it } from 'vitest';
import type { EndedGrant } from '../../scripts/follow/ended-grants.ts';
import { type Risk, riskOf, unknownRisk } from '../../scripts/follow/rollback-risk.ts';
import { plain } from '../../scripts/report/paint.ts';
import {
  endedSentence,
  type RevertRecord,
  type RollbackRecord,
  riskText,
  rollbackMessage,
} from '../../scripts/report/rollback-record.ts';
import { rolledBackText } from '../../scripts/report/rolled-back.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, groupText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const NONE: Risk = { level: 'low', reasons: [], accounts: 0, unlisted: false };
const NAMES = ['3855e5b', '82f83bd', '8a8dc37'] as const;

function revert(short: string, more: Partial<RevertRecord> = {}, subject = `Do ${short}`): RevertRecord {
  const commit = { name: short.repeat(6).slice(0, 40), short, parents: ['f6da415'], date: '2026-11-20', subject };
  return { commit, others: [], risk: NONE, ...more };
}

function record(more: Partial<RollbackRecord> = {}): RollbackRecord {
  const branches = { rollback: 'rollback/2026-11-24-x', backup: 'backup/2026-11-24-x' };
  const reverts = [revert(NAMES[0])];
  return { folder: 'policy/', head: '3855e5b', branches, reverts, ended: [], guards: [], ...more };
}

const lines = (more: Partial<RollbackRecord>) => rollbackMessage(record(more)).split('\n');

describe('the first line of a record', () => {
  const target = revert('f6da415').commit;

  it.each([
    ['one commit', record(), 'Roll back "Do 3855e5b"'],
    ['several', record({ reverts: NAMES.map((name) => revert(name)) }), 'Roll back 3 changes of policy'],
    ['all since one', record({ target }), 'Roll back policy to f6da415 of 2026-11-20'],
    [
      'a long subject',
      record({ reverts: [revert('a', {}, 'word '.repeat(30))] }),
      `Roll back "${'word '.repeat(11)}word…"`,
    ],
  ])('of %s', (_what, given, subject) => {
    const [first = ''] = rollbackMessage(given).split('\n');
    expect(first).toBe(subject);
    expect(first.length).toBeLessThanOrEqual(72);
  });
});

describe('a record', () => {
  it('has no line that is longer than 72, but for what cannot be broken', () => {
    const others = ['scripts/one.sh', 'scripts/two.sh', 'docs/three.md', 'docs/four.md', 'docs/five.md', 'docs/six.md'];
    const text = lines({
      reason: 'a reason that takes more than one line because so much has happened on that day and on the day before',
      reverts: [
        revert(NAMES[0], { others }, 'a subject that is much longer than anybody would wish it to be, and then some'),
      ],
      ended: [{ member: '100001', ended: '2026-10-31', heldBefore: true }],
    });
    expect(text.filter((line) => line.length > 72 && !/^ {2}git /.test(line))).toEqual([]);
    expect(text.join('\n')).toContain(`
- 3855e5b 2026-11-20 a subject that is much longer than anybody would
  wish it to be, and then some
  only its part below policy/ is taken back; as it left them are
  scripts/one.sh, scripts/two.sh, docs/three.md, docs/four.md,
  docs/five.md and 1 more
  risk low: no limit, group or account changes
`);
    const word = 'x'.repeat(90);
    expect(lines({ reason: word })).toContain(word);
  });

  it('says what to have again oldest first, and what has a high risk', () => {
    const merge = revert(NAMES[1]);
    const reverts = [
      revert(NAMES[0], { others: ['README.md'] }),
      { ...merge, commit: { ...merge.commit, parents: ['f6da415', '0000000'] } },
      revert(NAMES[2], { risk: unknownRisk('a reason') }),
    ];
    expect(lines({ reverts }).filter((line) => line.startsWith('  git '))).toEqual([
      '  git cherry-pick -x 8a8dc37  # high risk',
      '  git cherry-pick -x -m 1 82f83bd',
      '  git diff 3855e5b^ 3855e5b -- policy/ | git apply -3 --index',
    ]);
    const [command] = lines({ reverts, folder: "it's policy/" }).filter((line) => line.startsWith('  git diff'));
    expect(command).toBe("  git diff 3855e5b^ 3855e5b -- 'it'\\''s policy/' | git apply -3 --index");
  });

  it('ends with trailers, the newest first', () => {
    const reverts = NAMES.map((name) => revert(name));
    expect(lines({ reverts }).slice(-5)).toEqual(['', ...reverts.map(({ commit }) => `Reverts: ${commit.name}`), '']);
  });

  it('lets no text from outside out of its line', () => {
    const bad = 'x\n\nReverts: 0\u001b[2J\u202e';
    const ended: EndedGrant = { member: bad, ended: '2026-10-31', heldBefore: false };
    const reverts = [revert('a', { others: [bad] }, bad)];
    const text = rollbackMessage(record({ reason: bad, reverts, ended: [ended], folder: `${bad}/` }));
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
    expect(text.match(/^Reverts:/gm)).toHaveLength(1);
    const shown = rolledBackText({ record: record({ reverts, ended: [ended] }), made: 'b', from: bad }, String, plain);
    expect(shown).not.toContain('\u001b');
    expect(shown.match(/^ {2}git /gm)).toHaveLength(3);
  });
});

describe('a risk in words', () => {
  it('names three reasons and counts the others, and who is affected', () => {
    const after = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1500%, memory_max: 31G, tasks_max: 70000'),
    });
    const before = asFound(render(resolvePolicy(memberTexts(3, 'researcher'))));
    expect(riskText(riskOf(plan(before, after), after))).toBe(
      'high: a host refuses it: removes 3 of 5 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003; ' +
        'limit falls: CPUQuota of all members of student together, 1600% -> 1500%; ' +
        'limit falls: MemoryMax of all members of student together, 32G -> 31G; and 6 more; ' +
        'affects 3 accounts and everybody who is not listed',
    );
  });

  it.each([
    [NONE, 'low: no limit, group or account changes'],
    [unknownRisk('nobody knows'), 'high: nobody knows'],
    [{ ...NONE, level: 'medium' as const, accounts: 1 }, 'medium: affects 1 account'],
  ])('%o', (risk, words) => {
    expect(riskText(risk)).toBe(words);
  });
});

it('a grant that has ended', () => {
  const grant = { member: '100001', ended: '2026-10-31' };
  expect(endedSentence({ ...grant, heldBefore: false })).toBe(
    'the grant of 100001 ended on 2026-10-31 and does not come back',
  );
  expect(endedSentence({ ...grant, heldBefore: true })).toBe(
    'the grant of 100001 ends with this: its last day was 2026-10-31, and that it was extended is taken back',
  );
});
