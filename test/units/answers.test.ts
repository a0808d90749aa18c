import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/policy/policy.ts';
import { answerGuards, findUnused } from '../../scripts/units/answers.ts';
import type { Guard } from '../../scripts/units/guards.ts';
import { type Plan, plan } from '../../scripts/units/plan.ts';
import { findRefusals } from '../../scripts/units/refusals.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const HOST = asFound(render(resolvePolicy(memberTexts(3, 'researcher'))));
const REMOVAL = { guard: 'mass-removal', objects: '[m001, m002, m003]', reason: 'r', expires: '2026-06-15' };

type Written = Readonly<Record<string, string>>;

function allow(...answers: readonly Written[]): string {
  const lines = answers.map((answer) => {
    const entries = Object.entries(answer).map(([key, value]) => `${key}: ${value}`);
    return `  - { ${entries.join(', ')} }\n`;
  });
  return `answers:\n${lines.join('')}`;
}

// What removes three members from a host that has five, with these answers.
function removal(...answers: readonly Written[]): Plan {
  return plan(HOST, resolvePolicy(answers.length === 0 ? {} : { 'allow.yaml': allow(...answers) }));
}

function byDigest(digest: string): Written {
  return { guard: 'mass-removal', plan: `"${digest}"`, reason: 'r', expires: '2026-06-15' };
}

describe('an answer lets pass', () => {
  it.each([
    ['exactly what the guard is about', REMOVAL],
    ['it in any order', { ...REMOVAL, objects: '[m003, m001, m002]' }],
    ['the plan with this digest', byDigest(removal().digest)],
  ])('%s', (_what, answer) => {
    const { guards, answered, ...rest } = removal(answer);
    expect(guards).toEqual([]);
    expect(answered).toMatchObject([{ guard: { id: 'mass-removal' }, answer: { reason: 'r', place: { line: 2 } } }]);
    expect(findRefusals({ ...rest, guards, answered })).toEqual([]);
  });

  it('a change without being part of it: it renders nothing, and the digest stays what it was', () => {
    const { guards, answered, ...rest } = removal(REMOVAL);
    const { guards: others, answered: none, ...same } = removal();
    expect(rest).toEqual(same);
    expect([guards.length, answered.length, others.length, none.length]).toEqual([0, 1, 1, 0]);
  });
});

describe('an answer does not let pass', () => {
  it.each([
    ['one object more', { ...REMOVAL, objects: '[m001, m002]' }],
    ['one object fewer', { ...REMOVAL, objects: '[m001, m002, m003, m004]' }],
    ['another object', { ...REMOVAL, objects: '[m001, m002, m004]' }],
    ['another guard', { ...REMOVAL, guard: 'group-removal' }],
    ['another plan', byDigest('0'.repeat(64))],
    ['anything on the day after its last one', { ...REMOVAL, expires: '2026-06-14' }],
  ])('%s', (_what, answer) => {
    const result = removal(answer);
    expect(result.guards).toMatchObject([{ id: 'mass-removal' }]);
    expect(result.answered).toEqual([]);
    expect(findRefusals(result)).toMatchObject([{ blame: 'policy' }]);
  });

  it('what else speaks against a plan: another guard, a file of somebody else, another digest than the expected one', () => {
    const texts = { 'members/datasciencelab.yaml': undefined, 'members/new.yaml': NEW_ADMIN };
    const files = { ...texts, 'allow.yaml': allow({ ...REMOVAL, objects: '[datasciencelab, m001, m002, m003]' }) };
    const strange = HOST.map((file) => (file.path === 'ds01-student.slice' ? { ...file, text: '[Slice]\n' } : file));
    const result = plan(strange, resolvePolicy(files));
    expect(result.answered).toMatchObject([{ guard: { id: 'mass-removal' } }]);
    expect(findRefusals(result, { expect: 'x' }).map(({ message }) => message)).toEqual([
      expect.stringContaining('[admins-gone]'),
      expect.stringContaining('ds01-student.slice exists and was not written by ds01-policy'),
      expect.stringContaining('not x: look at it with plan'),
    ]);
  });

  it('that programs are killed: no review can see what runs on a host, so that none can say that it is meant', () => {
    const guard: Guard = { id: 'memory-below-use', message: 'm', objects: ['ds01-student.slice'], wayOut: 'end it' };
    const day = { value: '2026-12-31', place: PLACE };
    const answer: Answer = { guard: guard.id, objects: guard.objects, reason: 'r', expires: day, place: PLACE };
    const digest = 'd'.repeat(64);
    expect(answerGuards([guard], [answer], digest)).toEqual({ guards: [guard], answered: [] });
    expect(findUnused([answer], { guards: [guard], answered: [], digest })).toEqual([answer]);
  });
});

const PLACE = { file: 'allow.yaml', line: 2 };
const NEW_ADMIN = `accounts: [new@hertie-school.lan]
group: admin
reason: r
granted: 2026-01-10
expires: never
`;

describe('the way out of a guard', () => {
  const guard: Guard = { id: 'mass-removal', message: 'm', objects: [], wayOut: 'do less' };
  const digest = 'd'.repeat(64);
  const wayOut = (...objects: readonly string[]) => answerGuards([{ ...guard, objects }], [], digest).guards[0]?.wayOut;
  const PLAN = `do less, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, plan: ${digest}, reason: WHY, expires: YYYY-MM-DD }]`;

  it('is a line that lets it pass when somebody has written why and until when', () => {
    const [, line = ''] = /policy\/allow[.]yaml: (.*)$/.exec(removal().guards[0]?.wayOut ?? '') ?? [];
    expect(line).toBe(
      'answers: [{ guard: mass-removal, objects: [m001, m002, m003], reason: WHY, expires: YYYY-MM-DD }]',
    );
    const text = `${line.replace('YYYY-MM-DD', '2026-12-31')}\n`;
    expect(plan(HOST, resolvePolicy({ 'allow.yaml': text })).guards).toEqual([]);
  });

  it('has quotes around what YAML would take for something else than a name', () => {
    expect(wayOut('204214', 'm001', 'null')).toContain('objects: ["204214", m001, "null"]');
  });

  it('names the plan instead of so many objects that nobody compares them, of none, and of names that policy never has', () => {
    const many = Array.from({ length: 21 }, (_, index) => `m${100 + index}`);
    expect(wayOut(...many.slice(1))).toContain(`objects: [${many.slice(1).join(', ')}]`);
    for (const objects of [many, [], ['a b'], ['a, b'], ['m1\u202e'], ['x'.repeat(256)]]) {
      expect(wayOut(...objects)).toBe(PLAN);
    }
  });
});

describe('answers that nothing needs', () => {
  function unused(...answers: readonly Written[]): readonly (readonly string[] | undefined)[] {
    const resolved = resolvePolicy({ 'allow.yaml': allow(...answers) });
    return findUnused(resolved.answers, plan(HOST, resolved)).map(({ objects }) => objects);
  }

  it('are those that are about something else', () => {
    expect(unused(REMOVAL)).toEqual([]);
    expect(unused({ ...REMOVAL, objects: '[m001, m002]' }, REMOVAL)).toEqual([['m001', 'm002']]);
    expect(unused(REMOVAL, byDigest(removal().digest))).toEqual([]);
  });

  it('are not those that have expired and are needed all the same', () => {
    const late = { ...REMOVAL, expires: '2026-06-14' };
    const [answer] = resolvePolicy({ 'allow.yaml': allow(late) }, '2026-06-14').answers;
    expect(answer && findUnused([answer], removal(late))).toEqual([]);
  });

  it('are all of them where no guard speaks against the plan', () => {
    const resolved = resolvePolicy({ 'allow.yaml': allow(REMOVAL) });
    expect(findUnused(resolved.answers, plan([], resolved))).toEqual(resolved.answers);
  });
});
