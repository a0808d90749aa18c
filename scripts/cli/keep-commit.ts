import { existsSync } from 'node:fs';
import { CORRECTIONS_COUNT, findTooOften } from '../follow/corrections.ts';
import { nothingOf, onlyForDay, type WantedTexts } from '../follow/expiry.ts';
import type { CommitName } from '../follow/record.ts';
import { pauseAt } from '../follow/standing.ts';
import { commitFolder } from '../host/commit-folder.ts';
import { readCommitPolicy, writeCommitPolicy } from '../host/commit-policy.ts';
import { readRecentRecords } from '../host/history.ts';
import { readPolicyFolder } from '../host/policy-folder.ts';
import { check } from '../policy/check.ts';
import type { Policy } from '../policy/policy.ts';
import { resolve } from '../policy/resolve.ts';
import { errorsLine } from '../report/findings.ts';
import { driftId } from '../units/drift.ts';
import type { Plan } from '../units/plan.ts';
import { render } from '../units/render.ts';
import { bringCommit } from './bring-commit.ts';
import { carryOut, type Work } from './carry-out.ts';
import { type Carried, type FollowedHost, resolveFor } from './followed-host.ts';
import { recordEvent } from './record-event.ts';
import { labelFor } from './shared-options.ts';

/** The commit that is applied, and stays. */
export type Kept =
  | ({ readonly kind: 'kept' } & Carried)
  /** Its policy is there, and this version of the program takes it for wrong. */
  | { readonly kind: 'errors'; readonly why: string }
  /** The same was put right too often: from now on it is left. */
  | ({ readonly kind: 'stopped'; readonly why: string } & Carried);

/**
 * Keeps a host at the commit that it has applied: puts right what something else has changed, and lets grants begin and
 * end. While applying is paused, or drift is left because it came back too often, grants are all that is looked after; if
 * the pause keeps them, not even they are. Throws HostRefusal and HostFailure.
 */
export async function keepCommit(host: FollowedHost, commit: CommitName): Promise<Kept> {
  const { reader, now } = host;
  if (!existsSync(commitFolder(reader.root, commit))) {
    // Somebody has taken a part of the state away. The commit has the name that it was trusted by, wherever it comes from.
    await bringCommit(host, commit);
    await writeCommitPolicy(reader.root, commit, await readCommitPolicy(reader.root, commit));
  }
  const { findings, policy } = check(readPolicyFolder(commitFolder(reader.root, commit)), { kind: 'instant', now });
  if (!policy) return { kind: 'errors', why: errorsLine(findings, labelFor('policy')) };
  const resolved = resolveFor(host, policy);
  const day = host.standing.day ?? resolved.today;
  // Most runs are on the day of the last apply: nothing begins or ends then.
  const days = day === resolved.today ? [] : [day, resolved.today];
  const [before = NOTHING, today = NOTHING] = days.map((which) => wantedOn(policy, which));
  const isNewDay = [...before].some(([path, text]) => today.get(path) !== text) || before.size !== today.size;
  let often: string | undefined;
  const outcome = await carryOut({
    ...{ reader, resolved, consent: host.consent, now },
    source: async () => ({ commit, uncommittedChanges: false }),
    cause: isNewDay ? 'day' : 'drift',
    ...(host.word && { word: host.word }),
    ...partFor(host, before, today),
    objection: async (plan) => {
      often = isNewDay ? undefined : await findOften(host, plan);
      return often === undefined ? undefined : { message: often, blame: 'host' };
    },
  });
  if (often === undefined) return { kind: 'kept', resolved, outcome };
  await recordEvent(reader.root, { version: 1, at: now.toISOString(), kind: 'stop', what: often });
  return { kind: 'stopped', why: often, resolved, outcome };
}

const NOTHING: WantedTexts = new Map();

function wantedOn(policy: Policy, day: string): WantedTexts {
  return new Map(render(resolve(policy, { kind: 'day', day })).map(({ path, text }) => [path, text]));
}

// What the days since the last apply have ended: what had ended before that is on the host already.
function partFor({ standing, now }: FollowedHost, before: WantedTexts, today: WantedTexts): Pick<Work, 'part'> {
  const pause = pauseAt(standing, now);
  if (pause?.grants === 'keep') return { part: nothingOf };
  if (!pause && !standing.stopped) return {};
  return { part: (plan) => onlyForDay(plan, before, today) };
}

async function findOften({ reader, config, now }: FollowedHost, plan: Plan): Promise<string | undefined> {
  const recent = await readRecentRecords(reader.root, new Date(now.getTime() - CORRECTIONS_COUNT));
  const often = findTooOften(recent, thingsOf(plan), config.correctionsPerHour, now);
  if (!often) return undefined;
  return (
    `${often.what} was put right ${often.times} times since ${often.since}, and is wrong again: something else keeps ` +
    'changing it; find out what does, then run ds01-policy resume'
  );
}

// As the history names what was put right.
function thingsOf({ changes, drift }: Plan): readonly string[] {
  return [...changes.map(({ path }) => path), ...drift.map(driftId)];
}
