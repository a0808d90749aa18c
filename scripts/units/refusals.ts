import type { Guard } from './guards.ts';
import type { Plan } from './plan.ts';

/** What whoever applies a plan says to it. */
export interface Consent {
  /** The only digest that is accepted. */
  readonly expect?: string | undefined;
  /** Whether units that somebody else wrote are taken over. */
  readonly adopt?: boolean;
}

/** A reason not to carry out a plan. */
export interface Refusal {
  /** In words, with the way out. */
  readonly message: string;
  /** What has to change before it can be carried out: what policy says, or what the host is like. */
  readonly blame: 'policy' | 'host';
}

/**
 * Every reason not to carry out a plan: its guards, what is in the way or has the last word, units of somebody else, and
 * that it is not the plan that was reviewed. Empty if it may be carried out.
 */
export function findRefusals(plan: Plan, { expect, adopt }: Consent = {}): readonly Refusal[] {
  const { changes, guards, conflicts, drift, digest } = plan;
  const strange = adopt ? [] : changes.filter(({ kind }) => kind === 'adopt');
  const other = expect !== undefined && expect !== digest;
  return [
    ...guards.map(({ id, message, wayOut }) => ({ message: `${message} [${id}]; ${wayOut}`, blame: blameOf(id) })),
    ...[
      ...conflicts.map(
        ({ path, message }) => `${path} ${message}; move it away if policy shall decide about this slice`,
      ),
      ...strange.map(({ path }) => `${path} exists and was not written by ds01-policy; ${ADOPT}`),
      ...drift.flatMap(({ action, message, wayOut }) => (action === 'refuse' ? [`${message}; ${wayOut}`] : [])),
      ...(other ? [`this plan has digest ${digest}, not ${expect}: look at it with plan, then expect this one`] : []),
    ].map((message) => ({ message, blame: 'host' as const })),
  ];
}

const ADOPT = 'apply --adopt takes it over and keeps a copy';

// The same policy would pass once the programs that hold the memory have ended.
function blameOf(id: Guard['id']): Refusal['blame'] {
  return id === 'memory-below-use' ? 'host' : 'policy';
}

/**
 * What is left to do on a host: every change, and all drift but that which policy says to leave. Empty after an apply
 * that worked.
 */
export function findRemaining({ changes, drift }: Plan): readonly string[] {
  return [
    ...changes.map(({ kind, path }) => `${path} is still to ${kind}`),
    ...drift.flatMap(({ action, message }) => (action === 'report' ? [] : [message])),
  ];
}
