import { join } from 'node:path';
import { removeLeftovers } from '../host/leftovers.ts';
import { takeLock } from '../host/lock.ts';
import { checkUnits, systemd } from '../host/systemd.ts';
import { type Judge, type Settled, settle, transact } from '../host/transaction.ts';
import { type HostReader, STATE_FOLDER } from '../host/unit-folder.ts';
import { makeStateFolder } from '../host/unit-writer.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Drift } from '../units/drift.ts';
import type { Guard } from '../units/guards.ts';
import type { Plan } from '../units/plan.ts';
import { type Consent, findRefusals, findRemaining } from '../units/refusals.ts';
import { stagedFiles } from '../units/staging.ts';
import { survey } from './survey.ts';

/** What came of carrying out policy on a host. */
export interface Outcome {
  /** What an earlier run had left. */
  readonly settled: Settled;
  readonly plan: Plan;
  /** Empty unless the plan was refused. */
  readonly refusals: readonly string[];
  /** The plan for the host as it is afterwards; absent if nothing was to be done. */
  readonly after?: Plan;
}

/**
 * Settles what an earlier run left, plans, refuses or carries the plan out, and looks at what is in force. Holds the lock
 * of the host meanwhile. Throws LockHeld, HostRefusal and HostFailure.
 */
export async function carryOut(
  reader: HostReader,
  resolved: Resolved,
  consent: Consent,
  policyFolder: string,
  now: Date,
): Promise<Outcome> {
  const { root } = reader;
  await makeStateFolder(root);
  const lock = await takeLock(join(root, STATE_FOLDER, 'lock'));
  try {
    // Where a reload would do harm, the plan that follows sees the same, and has a guard.
    const settled = await settle(
      root,
      judgeFor(reader, resolved, [], async () => undefined),
    );
    await removeLeftovers(root, resolved.site.name);
    const { plan } = await survey(reader, resolved);
    const refusals = findRefusals(plan, consent);
    if (refusals.length > 0 || findRemaining(plan).length === 0) return { settled, plan, refusals };
    return { settled, plan, refusals, after: await carryOutPlan(reader, resolved, plan, policyFolder, now) };
  } finally {
    await lock.release();
  }
}

async function carryOutPlan(
  reader: HostReader,
  resolved: Resolved,
  plan: Plan,
  policyFolder: string,
  now: Date,
): Promise<Plan> {
  let after = plan;
  const order = {
    ...judgeFor(reader, resolved, plan.drift),
    // Loaded only when there is something to record.
    policy: await (await import('../host/checkout.ts')).readCheckout(policyFolder),
    digest: plan.digest,
    changes: plan.changes,
    ...(reader.live && { check: () => checkUnits(reader.root, stagedFiles(plan.changes)) }),
    findRemaining: async () => {
      after = (await survey(reader, resolved)).plan;
      return findRemaining(after);
    },
  };
  await transact(reader.root, order, now);
  return after;
}

// What was not in force before is nothing that a run has to bring back.
function judgeFor(reader: HostReader, resolved: Resolved, before: readonly Drift[], onDanger = refuseToReload): Judge {
  if (!reader.live) return { findUnenforced: async () => [] };
  const known = new Set(before.map(idOf));
  return {
    reload: async () => {
      const { reloadGuard } = (await survey(reader, resolved)).plan;
      if (reloadGuard) return onDanger(reloadGuard);
      await systemd.reload();
      const { plan } = await survey(reader, resolved);
      const behind = plan.drift.flatMap(({ origin, slice }) => (origin === 'kernel' ? [slice] : []));
      if (behind.length > 0) await systemd.enforce([...new Set(behind)]);
    },
    findUnenforced: async () => {
      const { plan } = await survey(reader, resolved);
      return plan.drift.filter(isLive).flatMap((drift) => (known.has(idOf(drift)) ? [] : [drift.message]));
    },
  };
}

// Programs may have grown since the plan was made, also into a limit that has just been raised and is to fall again.
async function refuseToReload({ message }: Guard): Promise<void> {
  throw new Error(`a reload now ${message}`);
}

function isLive({ origin }: Drift): boolean {
  return origin === 'not-loaded' || origin === 'kernel';
}

function idOf({ slice, key, origin }: Drift): string {
  return `${slice} ${key} ${origin}`;
}
