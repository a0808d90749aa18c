import { describe, expect, it } from 'vitest';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { findRefusals, findRemaining } from '../../scripts/units/refusals.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const first = plan([], resolvePolicy());

function messages(...args: Parameters<typeof findRefusals>): readonly string[] {
  return findRefusals(...args).map(({ message }) => message);
}

it('nothing speaks against an ordinary plan, nor against the one that is expected', () => {
  expect(findRefusals(first)).toEqual([]);
  expect(findRefusals(first, { expect: first.digest })).toEqual([]);
});

it('another digest than the expected one is refused, an empty one too', () => {
  for (const expected of ['0'.repeat(64), first.digest.slice(0, 12), first.digest.toUpperCase(), '']) {
    expect(messages(first, { expect: expected })).toEqual([
      `this plan has digest ${first.digest}, not ${expected}: look at it with plan, then expect this one`,
    ]);
  }
});

describe('what speaks against a plan', () => {
  const found = asFound(render(resolvePolicy(memberTexts(10, 'student'))));
  const host: readonly FoundFile[] = [
    ...found.filter(({ path }) => !['ds01.slice', 'ds01-student.slice'].includes(path)),
    { kind: 'file', path: 'ds01-student.slice', text: '[Slice]\n' },
    { kind: 'file', path: 'ds01-student.slice.d/90-local.conf', text: '[Slice]\nTasksMax=512\n' },
    { kind: 'obstacle', path: 'ds01.slice', what: 'a symbolic link' },
  ];
  const result = plan(host, resolvePolicy());

  it('is named in this order: guards, what is in the way, units and drop-ins of others, the digest', () => {
    expect(messages(result, { expect: 'x' })).toEqual([
      expect.stringMatching(
        /^removes 10 of 12 members, .* \[mass-removal\]; remove at most 2 member files in one change, or allow/,
      ),
      'ds01.slice is a symbolic link; move it away if policy shall decide about this slice',
      'ds01-student.slice exists and was not written by ds01-policy; apply --adopt takes it over and keeps a copy',
      expect.stringMatching(
        /^TasksMax of ds01-student[.]slice is 512, policy says 65536: .*90-local[.]conf wins; take it away, or /,
      ),
      expect.stringMatching(/^this plan has digest [0-9a-f]{64}, not x: /),
    ]);
  });

  it('is what policy says, for its guards, and otherwise the host', () => {
    const blames = findRefusals(result, { expect: 'x' }).map(({ blame }) => blame);
    expect(blames).toEqual(['policy', 'host', 'host', 'host', 'host']);
    const guards = result.guards.map((guard) => ({ ...guard, id: 'memory-below-use' as const }));
    expect(findRefusals({ ...first, guards }).map(({ blame }) => blame)).toEqual(['host']);
  });

  it('is not that units of others are taken over, if that is meant', () => {
    const refusals = messages(result, { adopt: true });
    expect(refusals.length).toBe(3);
    expect(refusals.join('\n')).not.toContain('--adopt');
    expect(findRefusals(result, { adopt: false }).length).toBe(4);
  });

  it('is not what policy says to leave, nor what apply clears or reloads', () => {
    for (const action of ['report', 'clear', 'reload'] as const) {
      const drift = result.drift.map((entry) => ({ ...entry, action }));
      expect(findRefusals({ ...first, drift })).toEqual([]);
    }
  });
});

describe('what is left to do after an apply', () => {
  it('is nothing if the host is as policy says', () => {
    const units = asFound(render(resolvePolicy()));
    expect(findRemaining(plan(units, resolvePolicy()))).toEqual([]);
  });

  it('is each change, and each drift but that which policy says to leave', () => {
    const file: FoundFile = { kind: 'file', path: 'ds01-student.slice.d/x.conf', text: '[Slice]\nTasksMax=512\n' };
    const units = asFound(render(resolvePolicy())).filter(({ path }) => path !== 'ds01-admin.slice');
    const result = plan([...units, file], resolvePolicy());
    expect(findRemaining(result)).toEqual([
      'ds01-admin.slice is still to create',
      expect.stringMatching(/^TasksMax of ds01-student[.]slice is 512, /),
    ]);
    const drift = result.drift.map((entry) => ({ ...entry, action: 'report' as const }));
    expect(findRemaining({ ...result, drift })).toEqual(['ds01-admin.slice is still to create']);
  });
});
