import { nextExpiry } from '../../scripts/policy/next-expiry.ts';
import type { MetricsInput } from '../../scripts/report/metrics.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { sliceUses } from '../../scripts/units/slice-use.ts';
import { obedientHost } from './live-survey.ts';
import { asFound, memberText, resolvePolicy } from './resolve-policy.ts';

/** The commit that the host of the tests holds. */
export const APPLIED = 'a'.repeat(40);
/** One that came since, and is refused. */
export const NEWEST = 'b'.repeat(40);

/** A host of which everything is known, and on which everything is wrong that can be: it has every metric. */
export function fullInput(): MetricsInput {
  const policy = resolvePolicy({ 'members/m.yaml': memberText('m', 'researcher', 'expires: 2026-07-01\n') });
  const units = render(policy);
  const busy = {
    'pids.current': '512',
    'memory.current': '1073741824',
    'cpu.stat': 'usage_usec 9\nnr_periods 1000\nnr_throttled 250\nthrottled_usec 1500000',
  };
  const live = obedientHost(units, {
    'ds01.slice': {},
    'ds01-researcher.slice': { files: { ...busy, 'pids.max': '4096' } },
    'ds01-researcher-m.slice': { files: busy },
  });
  return {
    host: 'gpu-1',
    run: {
      version: 1,
      at: '2026-06-15T10:00:00.000Z',
      seconds: 2.5,
      exitCode: 3,
      outcome: 'refused',
      newest: NEWEST,
      succeededAt: '2026-06-15T09:50:00.000Z',
      verifiedAt: '2026-06-15T09:40:00.000Z',
      backoff: { failures: 3, until: '2026-06-15T10:04:00.000Z' },
    },
    standing: {
      anchor: { kind: 'commit', commit: APPLIED },
      applied: { commit: APPLIED, at: '2026-06-01T08:00:00.000Z' },
      refused: { commit: NEWEST, at: '2026-06-15T10:00:00.000Z', exitCode: 3, why: 'is not signed' },
      pause: { since: '2026-06-15T09:00:00.000Z', until: '2026-06-15T13:00:00.000Z', reason: 'r', grants: 'expire' },
      stopped: { since: '2026-06-15T09:30:00.000Z', what: 'w' },
      day: '2026-06-15',
    },
    lastApply: 'broken',
    fetched: { at: '2026-06-15T09:58:00.000Z', failure: 'no route to host' },
    policy,
    expiry: nextExpiry(policy),
    plan: plan(asFound(units), policy, live),
    slices: sliceUses(live.cgroup),
  };
}
