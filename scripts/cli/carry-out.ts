import type { ApplyEvent, PolicySource } from '../follow/record.ts';
import { removeLeftovers } from '../host/leftovers.ts';
import { checkUnits, systemd } from '../host/systemd.ts';
import { type About, type Judge, type Settled, settle, transact } from '../host/transaction.ts';
import type { HostReader } from '../host/unit-folder.ts';
import type { Resolved } from '../policy/resolve.ts';
import { type Drift, driftId } from '../units/drift.ts';
import type { Guard } from '../units/guards.ts';
import type { LiveSurvey } from '../units/live.ts';
import type { Plan } from '../units/plan.ts';
import { type Consent, findRefusals, findRemaining, type Refusal } from '../units/refusals.ts';
import { stagedFiles } from '../units/staging.ts';
import { recordEvent } from './record-event.ts';
import { survey } from './survey.ts';

/** Policy that is to be carried out on a host, and why. */
export interface Work {
  readonly reader: HostReader;
  readonly resolved: Resolved;
  readonly consent: Consent;
  /** Says where policy comes from; asked only when there is something to record. */
  readonly source: () => Promise<PolicySource>;
  readonly now: Date;
  readonly cause: ApplyEvent['cause'];
  /** Whether it is recorded although nothing has to be done: this commit is what the host has from now on. */
  readonly always?: boolean;
  /** Leaves of a plan only what is meant; all of it if absent. */
  readonly part?: (plan: Plan) => Plan;
  /** A reason to go no further with a plan that nothing speaks against. */
  readonly objection?: (plan: Plan) => Promise<Refusal | undefined>;
  /** Who said so, and why, if somebody did. */
  readonly word?: Pick<ApplyEvent, 'by' | 'reason' | 'pause'>;
}

/** What came of carrying out policy on a host. */
export interface Outcome {
  /** What an earlier run had left. */
  readonly settled: Settled;
  readonly plan: Plan;
  /** The plan with the parts that were not meant. */
  readonly whole: Plan;
  /** What runs, as it was looked at last; absent for a directory. */
  readonly live?: LiveSurvey;
  /** Empty unless the plan was refused. */
  readonly refusals: readonly Refusal[];
  /** The plan for the host as it is afterwards; absent if nothing was to be done. */
  readonly after?: Plan;
}

/**
 * Settles what an earlier run left, plans, refuses or carries the plan out, and looks at what is in force. Only for the
 * holder of the lock of the host. Throws HostRefusal and HostFailure.
 */
export async function carryOut(work: Work): Promise<Outcome> {
  const { reader, resolved, consent, part = (whole) => whole, objection } = work;
  const { root } = reader;
  // Where a reload would do harm, the plan that follows sees the same, and has a guard.
  const settled = await settle(
    root,
    judgeFor(reader, resolved, [], async () => undefined),
  );
  await removeLeftovers(root, resolved.site.name);
  const { plan: whole, live } = await survey(reader, resolved);
  const found = { settled, whole, ...(live && { live }) };
  const plan = part(whole);
  const refusals = findRefusals(plan, consent);
  if (refusals.length > 0) return { ...found, plan, refusals };
  if (findRemaining(plan).length === 0) {
    if (work.always) await recordUnchanged(work, plan);
    return { ...found, plan, refusals };
  }
  const against = await objection?.(plan);
  if (against) return { ...found, plan, refusals: [against] };
  return { ...found, plan, refusals, ...(await carryOutPlan(work, plan, part)) };
}

async function recordUnchanged(work: Work, plan: Plan): Promise<void> {
  const about = await describe(work, plan);
  await recordEvent(work.reader.root, {
    version: 1,
    at: work.now.toISOString(),
    kind: 'apply',
    result: 'applied',
    ...about,
  });
}

async function carryOutPlan(
  work: Work,
  plan: Plan,
  part: (plan: Plan) => Plan,
): Promise<Required<Pick<Outcome, 'after'>> & Pick<Outcome, 'live'>> {
  const { reader, resolved, now } = work;
  let result = { after: plan };
  const order = {
    ...judgeFor(reader, resolved, plan.drift),
    about: await describe(work, plan),
    changes: plan.changes,
    ...(reader.live && { check: () => checkUnits(reader.root, stagedFiles(plan.changes)) }),
    findRemaining: async () => {
      const { plan: whole, live } = await survey(reader, resolved);
      result = { after: part(whole), ...(live && { live }) };
      return findRemaining(result.after);
    },
  };
  await transact(reader.root, order, now);
  return result;
}

async function describe({ source, resolved, cause, word }: Work, plan: Plan): Promise<About> {
  const drift = plan.drift.filter(({ action }) => action !== 'report').map(driftId);
  const moves = plan.moves.map(({ account, from, to, until }) => ({ account, from, to, ...(until && { until }) }));
  const answers = plan.answered.map(({ guard, answer: { reason, expires } }) => {
    return { guard: guard.id, objects: guard.objects, reason, expires: expires.value };
  });
  return {
    policy: await source(),
    cause,
    day: resolved.today,
    digest: plan.digest,
    changes: plan.changes.map(({ kind, path, differences }) => ({
      kind,
      path,
      differences: differences.map(valuesOf),
    })),
    ...(moves.length > 0 && { moves }),
    ...(answers.length > 0 && { answers }),
    ...(drift.length > 0 && { drift }),
    ...word,
  };
}

function valuesOf({ key, before, after }: Plan['changes'][number]['differences'][number]) {
  return { key, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
}

// What was not in force before is nothing that a run has to bring back.
function judgeFor(reader: HostReader, resolved: Resolved, before: readonly Drift[], onDanger = refuseToReload): Judge {
  if (!reader.live) return { findUnenforced: async () => [] };
  const known = new Set(before.map(driftId));
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
      return plan.drift.filter(isLive).flatMap((drift) => (known.has(driftId(drift)) ? [] : [drift.message]));
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
