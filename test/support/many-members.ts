import type { Member } from '../../scripts/policy/policy.ts';
import { resolve } from '../../scripts/policy/resolve.ts';
import type { Change, PolicyState } from '../../scripts/review/change.ts';
import { changeOf, REVIEW_DAY } from './change-fixture.ts';

/**
 * The first change with so many members more on both sides: made without reading a file for each of them. `more` says what
 * one is, before (`true`) and after.
 */
export function changeOfMany(count: number, more: (index: number, isBefore: boolean) => Partial<Member>): Change {
  const { before, after, ...change } = changeOf({ before: {} });
  const state = (isBefore: boolean): PolicyState => {
    const { policy, ...rest } = (isBefore ? before : after)!;
    const [seed] = policy!.members;
    const members = Array.from({ length: count }, (_, index): Member => {
      const id = `m${String(index + 1).padStart(5, '0')}`;
      const account = { value: `${id}@hertie-school.lan`, place: { file: `members/${id}.yaml`, line: 1 } };
      return { ...seed!, id, accounts: [account], ...more(index, isBefore) };
    });
    const whole = { ...policy!, members: [...policy!.members, ...members] };
    return { ...rest, policy: whole, resolved: resolve(whole, { kind: 'day', day: REVIEW_DAY }) };
  };
  return { ...change, before: state(true), after: state(false) };
}
