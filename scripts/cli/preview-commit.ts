import type { CommitName } from '../follow/record.ts';
import { HostFailure, HostRefusal } from '../host/host-failure.ts';
import { planSummary } from '../report/plan-words.ts';
import { findRefusals } from '../units/refusals.ts';
import { bringCommit } from './bring-commit.ts';
import { type FollowedHost, resolveFor } from './followed-host.ts';
import { survey } from './survey.ts';
import { readTrusted } from './try-commit.ts';

/**
 * What a commit that has to wait would do, in words. That it cannot be looked at is one of the answers: it is nothing that
 * stands in the way of what is applied.
 */
export async function previewCommit(host: FollowedHost, commit: CommitName): Promise<string> {
  try {
    await bringCommit(host, commit);
    const read = await readTrusted(host, commit);
    if (read.kind === 'refused') return `would be refused: ${read.why}`;
    const { plan } = await survey(host.reader, resolveFor(host, read.policy));
    const refusals = findRefusals(plan);
    return refusals.length === 0
      ? planSummary(plan)
      : `would be refused: ${refusals.map(({ message }) => message).join('; ')}`;
  } catch (error) {
    if (error instanceof HostRefusal || error instanceof HostFailure) return `cannot be looked at: ${error.message}`;
    throw error;
  }
}
