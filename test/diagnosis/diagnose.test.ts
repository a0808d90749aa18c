import { describe, expect, it } from 'vitest';
import type { Cause, Check, Checked } from '../../scripts/diagnosis/check.ts';
import { CHECKS } from '../../scripts/diagnosis/checks/index.ts';
import { diagnose } from '../../scripts/diagnosis/diagnose.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { aCase, FACTS, told } from '../support/case-fixture.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

function cause(weight: number, subject: string, message = 'held up'): Cause {
  return { weight, subject, message, evidence: [{ source: 'cpu.stat', figure: '1' }], wayOut: 'wait' };
}

function check(id: string, said: Partial<Checked> = {}, about: Check['about'] = 'work'): Check {
  return { id, title: `title of ${id}`, about, examine: () => ({ causes: [], saw: `saw ${id}`, ...said }) };
}

const FOCUS = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;

describe('what all checks say', () => {
  it('has the most likely reason first, then by the order of checks, and of each in its own', () => {
    const { causes } = diagnose(aCase(), [
      check('a', { causes: [cause(20, 'x'), cause(90, 'z'), cause(50, 'm', 'first')] }),
      check('b', { causes: [cause(90, 'zz'), cause(90, 'y'), cause(50, 'm', 'second'), cause(100, 'z')] }),
    ]);
    expect(causes.map((found) => [found.weight, found.subject, found.check, found.message])).toEqual([
      [100, 'z', 'b', 'held up'],
      [90, 'z', 'a', 'held up'],
      [90, 'zz', 'b', 'held up'],
      [90, 'y', 'b', 'held up'],
      [50, 'm', 'a', 'first'],
      [50, 'm', 'b', 'second'],
      [20, 'x', 'a', 'held up'],
    ]);
    expect(causes[0]).toEqual({ ...cause(100, 'z'), check: 'b', title: 'title of b' });
  });

  it('ends each check as ok, as a finding, or as one that cannot tell', () => {
    const unknown = [{ why: 'it hangs', wayOut: 'wait' }];
    const { checks } = diagnose(aCase(), [
      check('well', { notes: ['a note'] }),
      check('ill', { causes: [cause(1, 'x')] }),
      check('half', { causes: [cause(1, 'x')], unknown }),
      check('blind', { unknown }),
      check('seeing', { unknown: [] }),
    ]);
    const named = (id: string) => ({ id, title: `title of ${id}`, saw: `saw ${id}` });
    expect(checks).toEqual([
      { ...named('well'), status: 'ok', notes: ['a note'], unknown: [] },
      { ...named('ill'), status: 'finding', notes: [], unknown: [] },
      { ...named('half'), status: 'finding', notes: [], unknown },
      { ...named('blind'), status: 'cannot-tell', notes: [], unknown },
      { ...named('seeing'), status: 'ok', notes: [], unknown: [] },
    ]);
  });

  it('asks about the machine only where it is not about somebody', () => {
    const checks = [check('a', {}, 'machine'), check('b')];
    expect(diagnose(aCase(), checks).checks.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(diagnose(aCase({ focus: FOCUS }), checks).checks.map(({ id }) => id)).toEqual(['b']);
  });

  it('gives each check the case', () => {
    const found = aCase();
    const seen: unknown[] = [];
    const spy = { ...check('a'), examine: (given: unknown) => ({ causes: [], saw: String(seen.push(given)) }) };
    diagnose(found, [spy]);
    expect(seen).toEqual([found]);
  });
});

describe('all checks', () => {
  it('are asked where none are given, and find nothing on a machine on which nothing is wrong', () => {
    const names = [...resolvePolicy().accounts.keys()];
    const people = told(names.map((name, index) => ({ name, uid: 70_000 + index, home: '/' })));
    const { causes, checks } = diagnose(aCase({ facts: { ...FACTS, people } }));
    expect(causes).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual(CHECKS.map(({ id }) => id));
  });

  it('have each an id of their own', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
