import { expect, it } from 'vitest';
import { endedGrants } from '../../scripts/follow/ended-grants.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

// The day of `resolvePolicy` is 2026-06-15.
const policy = (expires?: string) => {
  return resolvePolicy(expires ? { 'members/x.yaml': memberText('x', 'researcher', `expires: ${expires}\n`) } : {});
};
const OVER = { member: 'x', ended: '2026-06-14', heldBefore: false };

it.each([
  ['comes back after its last day', undefined, '2026-06-14', [OVER]],
  ['comes back on its last day', undefined, '2026-06-15', []],
  ['comes back for ever', undefined, 'never', []],
  ['goes', '2026-06-14', undefined, []],
  ['was over before, too', '2026-06-14', '2026-06-14', []],
  ['was over before, on another day', '2026-06-01', '2026-06-14', [OVER]],
  ['was extended, and that is taken back', '2027-06-14', '2026-06-14', [{ ...OVER, heldBefore: true }]],
])('a grant that %s', (_what, before, after, ended) => {
  expect(endedGrants(policy(before), policy(after))).toEqual(ended);
});

it('is told once for a member with two accounts, and if nobody knows what was before', () => {
  const text = memberText('y', 'researcher', 'expires: 2026-06-14\n').replace('lan]', 'lan, z@hertie-school.lan]');
  expect(endedGrants(undefined, resolvePolicy({ 'members/y.yaml': text }))).toEqual([{ ...OVER, member: 'y' }]);
});
