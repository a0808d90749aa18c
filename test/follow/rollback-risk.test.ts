import { describe, expect, it } from 'vitest';
import { riskOf, unknownRisk } from '../../scripts/follow/rollback-risk.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, groupText, memberText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string | undefined>>;

function risk(before: Texts, after: Texts) {
  const resolved = resolvePolicy(after);
  const { reasons, ...rest } = riskOf(plan(asFound(render(resolvePolicy(before))), resolved), resolved);
  return { ...rest, reasons: reasons.map(({ kind, level }) => `${level} ${kind}`) };
}

const student = (limits: string, more?: string): Texts => ({
  'groups/student.yaml': groupText(`cpu_quota: 1600%, memory_max: 32G, ${limits}`, more),
});
const researcher = (limits: string): Texts => ({
  'groups/researcher.yaml': groupText(`cpu_quota: 1600%, memory_max: 32G, ${limits}`),
});
const member = (group: string, more?: string): Texts => ({ 'members/x.yaml': memberText('x', group, more) });
const own = (size: string) => `expires: never\nlimits:\n  per_member: { memory_max: ${size} }\n`;
const each = (size: string) => `  per_member: { memory_max: ${size} }\n`;

const TASKS = 'tasks_max: 8192';
const renamed = (texts: Texts): Texts => {
  return Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, text?.replace('a group', 'another')]));
};

describe('the risk of a change', () => {
  it.each([
    ['of nothing', student('tasks_max: 8192'), student('tasks_max: 8192'), 'low', 0, false, []],
    ['of words', member('admin'), member('admin', 'expires: 2027-01-01\n'), 'low', 0, false, []],
    ['of a description', student(TASKS), renamed(student(TASKS)), 'low', 0, false, []],
    ['that raises', student('tasks_max: 8192'), student('tasks_max: 9000'), 'medium', 0, true, ['medium limit']],
    ['that lowers', student('tasks_max: 9000'), student('tasks_max: 8192'), 'high', 0, true, ['high limit']],
    ['that frees', student('tasks_max: 9000'), student('tasks_max: unlimited'), 'high', 0, true, ['high limit']],
    [
      'that limits each member for the first time',
      student('tasks_max: 9000'),
      student('tasks_max: 9000', each('8G')),
      'high',
      0,
      true,
      ['high limit'],
    ],
    ['that grants', {}, member('researcher'), 'medium', 1, false, ['medium move']],
    ['that takes a grant away', member('researcher'), {}, 'high', 1, false, ['high move']],
    ['that moves', member('researcher'), member('admin'), 'high', 1, false, ['high move']],
    [
      'of own limits',
      member('researcher', own('30G')),
      member('researcher', own('31G')),
      'medium',
      1,
      false,
      ['medium limit'],
    ],
    [
      'of a group with two listed accounts',
      researcher('tasks_max: 8192'),
      researcher('tasks_max: 9000'),
      'medium',
      2,
      false,
      ['medium limit'],
    ],
    [
      'that a host refuses, with the worst first',
      { ...memberTexts(3, 'researcher'), ...student('tasks_max: 8192') },
      student('tasks_max: 9000'),
      'high',
      3,
      true,
      ['high guard', 'high move', 'high move', 'high move', 'medium limit'],
    ],
  ])('%s', (_what, before, after, level, accounts, unlisted, reasons) => {
    expect(risk(before, after)).toEqual({ level, accounts, unlisted, reasons });
  });

  it('that cannot be told is high', () => {
    expect(unknownRisk('a reason')).toEqual({
      level: 'high',
      reasons: [{ kind: 'unknown', level: 'high', why: 'a reason' }],
      accounts: 0,
      unlisted: false,
    });
  });
});
