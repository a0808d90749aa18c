import type { Resolved } from '../policy/resolve.ts';
import { type Plan, plan } from './plan.ts';
import { render } from './render.ts';

/**
 * What changes on a host that has one policy and is to have another; absent `before`: it has none. No host is needed to say
 * so, and none is asked: it has the units of the policy before, and nothing of anybody else.
 */
export function planBetween(before: Resolved | undefined, after: Resolved): Plan {
  const units = before ? render(before) : [];
  return plan(
    units.map(({ path, text }) => ({ kind: 'file', path, text })),
    after,
  );
}
