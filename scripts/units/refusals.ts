import type { Plan } from './plan.ts';

/**
 * Every reason not to carry out a plan, in words: its guards, files of others in the way, and that it is not the plan
 * that was reviewed. Empty if it may be carried out.
 */
export function findRefusals(plan: Plan, expectedDigest?: string): readonly string[] {
  const { guards, conflicts, digest } = plan;
  const other = expectedDigest !== undefined && expectedDigest !== digest;
  return [
    ...guards.map(({ id, message, wayOut }) => `${message} [${id}]; ${wayOut}`),
    ...conflicts.map(({ path, message }) => `${path} ${message}; move it away if policy shall decide about this slice`),
    ...(other
      ? [`this plan has digest ${digest}, not ${expectedDigest}: look at it with plan, then expect this one`]
      : []),
  ];
}
