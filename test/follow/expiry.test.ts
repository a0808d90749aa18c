import { describe, expect, it } from 'vitest';
import { nothingOf, onlyForDay, type WantedTexts } from '../../scripts/follow/expiry.ts';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import { type FoundFile, type Plan, plan } from '../../scripts/units/plan.ts';
import { findRefusals } from '../../scripts/units/refusals.ts';
import { render } from '../../scripts/units/render.ts';
import { textsIn } from '../support/carry-out.ts';
import { obedientHost } from '../support/live-survey.ts';
import { asFound, memberText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const MEMBERS = {
  'members/ends.yaml': memberText('ends', 'researcher', 'expires: 2026-06-15\n'),
  'members/stays.yaml': memberText('stays', 'researcher'),
};
const [LAST, NEXT] = ['2026-06-15', '2026-06-16'] as const;
const ALLOWING = resolvePolicy(
  {
    ...MEMBERS,
    'allow.yaml':
      'answers: [{ guard: mass-removal, objects: [m001, m002, m003], reason: a reason, expires: 2026-12-31 }]\n',
  },
  NEXT,
);
/** The end of the grant. */
const END = [{ kind: 'remove', path: 'ds01-researcher-ends.slice' }];
const TAKEN = { account: 'ends@hertie-school.lan', kind: 'loses', from: 'researcher', to: 'student' };

function wanted(policy: Resolved): WantedTexts {
  return new Map(render(policy).map(({ path, text }) => [path, text]));
}

/** The part for the next day, of a policy that the host has had since the last one. */
function forDay(whole: Plan, texts: Readonly<Record<string, string>> = MEMBERS): Plan {
  return onlyForDay(whole, wanted(resolvePolicy(texts, LAST)), wanted(resolvePolicy(texts, NEXT)));
}

function kinds({ changes }: Plan): readonly unknown[] {
  return changes.map(({ kind, path }) => ({ kind, path }));
}

describe('on the day after the end of a grant', () => {
  const before = asFound(render(resolvePolicy(MEMBERS, LAST)));
  const today = resolvePolicy(MEMBERS, NEXT);

  it('it ends', () => {
    const part = forDay(plan(before, today));
    expect(kinds(part)).toEqual(END);
    expect(part.moves).toMatchObject([TAKEN]);
    expect(part).toEqual(plan(before, today));
  });

  it('nothing else happens: not what somebody has edited, taken away or set, and no other change of policy', () => {
    const edited = before.flatMap((file): readonly FoundFile[] => {
      if (file.kind === 'file' && file.path === 'ds01-student.slice') return [{ ...file, text: `${file.text}# x\n` }];
      return file.path === 'ds01-researcher-stays.slice' ? [] : [file];
    });
    const set: FoundFile = {
      kind: 'file',
      path: '/etc/systemd/system.control/ds01-admin.slice.d/50-TasksMax.conf',
      text: '[Slice]\nTasksMax=512\n',
    };
    const drop: FoundFile = {
      kind: 'file',
      path: 'ds01-researcher.slice.d/90-local.conf',
      text: '[Slice]\nTasksMax=512\n',
    };
    const whole = plan([...edited, set, drop], resolvePolicy({ ...MEMBERS, ...memberTexts(1, 'student') }, NEXT));
    expect(whole.changes.length).toBeGreaterThan(END.length + 2);
    expect(whole.moves.map(({ account }) => account)).toContain('stays@hertie-school.lan');
    expect(whole.drift.map(({ action }) => action)).toEqual(['clear', 'refuse']);
    expect(findRefusals(whole).length).toBeGreaterThan(0);
    const part = forDay(whole);
    expect(kinds(part)).toEqual(END);
    expect(part.moves).toMatchObject([TAKEN]);
    expect(part.drift).toEqual([]);
    expect(findRefusals(part)).toEqual([]);
    expect(part).toMatchObject({ site: 'ds01', today: NEXT, digest: whole.digest, foreign: whole.foreign });
  });

  it('it ends although so much else is missing that this would not be applied', () => {
    const whole = plan(asFound(render(resolvePolicy({ ...MEMBERS, ...memberTexts(9, 'student') }, LAST))), today);
    expect(whole.guards).toMatchObject([{ id: 'mass-removal' }]);
    expect(forDay(whole)).toMatchObject({ guards: [] });
    expect(kinds(forDay(whole))).toEqual(END);
  });

  it('and is not said to be what policy allows once: that is about what is not done', () => {
    const whole = plan(asFound(render(resolvePolicy({ ...MEMBERS, ...memberTexts(3, 'student') }, LAST))), ALLOWING);
    expect(whole.answered).toMatchObject([{ guard: { id: 'mass-removal' } }]);
    expect(forDay(whole)).toMatchObject({ guards: [], answered: [] });
    expect(nothingOf(whole)).toMatchObject({ guards: [], answered: [] });
  });

  it('limits of its own end with it', () => {
    const limits = 'limits: { per_member: { memory_max: 1G } }\n';
    const texts = { 'members/m.yaml': memberText('m', 'student', `expires: 2026-06-15\n${limits}`) };
    const whole = plan(asFound(render(resolvePolicy(texts, LAST))), resolvePolicy(texts, NEXT));
    expect(kinds(forDay(whole, texts))).toEqual([
      { kind: 'remove', path: 'ds01-student-m.slice' },
      { kind: 'remove', path: 'ds01-student-m.slice.d/50-ds01-policy.conf' },
    ]);
    expect(forDay(whole, texts).moves).toEqual([]);
  });

  it('one that begins has begun', () => {
    const begins = memberText('new', 'researcher').replace('2025-12-05', NEXT);
    const texts = { 'members/new.yaml': begins };
    const whole = plan(asFound(render(resolvePolicy(texts, LAST))), resolvePolicy(texts, NEXT));
    const part = forDay(whole, texts);
    expect(kinds(part)).toEqual([{ kind: 'create', path: 'ds01-researcher-new.slice' }]);
    expect(part.moves).toMatchObject([{ account: 'new@hertie-school.lan', kind: 'gains' }]);
  });

  it('and on a day on which no grant ends, nothing is due', () => {
    const part = forDay(plan([], resolvePolicy({}, NEXT)), {});
    expect(part).toMatchObject({ changes: [], moves: [], conflicts: [], guards: [], drift: [] });
  });
});

describe('what is in the way of the end of a grant', () => {
  const limits = 'limits: { per_member: { memory_max: 1G } }\n';
  const begins = memberText('m', 'student', `expires: never\n${limits}`).replace('2025-12-05', NEXT);
  const texts = { 'members/m.yaml': begins };

  it.each([
    ['its file', 'ds01-student-m.slice'],
    ['its drop-in', 'ds01-student-m.slice.d/50-ds01-policy.conf'],
    ['the folder of its drop-in', 'ds01-student-m.slice.d'],
  ])('is said: %s', (_what, path) => {
    const found = asFound(render(resolvePolicy(texts, LAST))).filter((file) => file.path !== path);
    const others = ['ds01-admin.slice', 'ds01-student-.slice.d'].map((other) => obstacle(other));
    const whole = plan([...found, obstacle(path), ...others], resolvePolicy(texts, NEXT));
    expect(whole.conflicts).toHaveLength(3);
    expect(forDay(whole, texts).conflicts).toEqual([{ path, message: 'is a symbolic link' }]);
  });

  function obstacle(path: string): FoundFile {
    return { kind: 'obstacle', path, what: 'a symbolic link' };
  }
});

describe('what programs hold', () => {
  const limits = 'limits: { per_member: { memory_max: 8G } }\n';
  const texts = {
    'members/m.yaml': memberText('m', 'student', `expires: never\n${limits}`).replace('2025-12-05', NEXT),
  };

  it('is looked at all the same: a limit below it would kill them', () => {
    const found = asFound(render(resolvePolicy(texts, LAST)));
    const used = { 'memory.current': String(10 * 2 ** 30), 'memory.stat': 'file 0\n' };
    const live = obedientHost(textsIn(found), { 'ds01-student-m.slice': { files: used } });
    const whole = plan(found, resolvePolicy(texts, NEXT), live);
    expect(whole.guards).toMatchObject([{ id: 'memory-below-use' }]);
    expect(forDay(whole, texts).guards).toEqual(whole.guards);
    expect(findRefusals(forDay(whole, texts))).toHaveLength(1);
  });
});

it('of a plan of which nothing is done, nothing is left that could be', () => {
  const whole = plan([{ kind: 'obstacle', path: 'ds01.slice', what: 'a folder' }], resolvePolicy());
  expect(whole.changes.length).toBeGreaterThan(0);
  const { changes, moves, conflicts, guards, drift, ...rest } = nothingOf(whole);
  expect({ changes, moves, conflicts, guards, drift }).toEqual({
    ...{ changes: [], moves: [], conflicts: [], guards: [], drift: [] },
  });
  expect(whole).toMatchObject(rest);
  expect(findRefusals(nothingOf(whole))).toEqual([]);
});
