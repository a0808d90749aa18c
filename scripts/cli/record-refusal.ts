import type { HistoryRecord } from '../follow/record.ts';
import { readRecentRecords } from '../host/history.ts';
import type { FollowedHost, RefusedCommit } from './followed-host.ts';
import { recordEvent } from './record-event.ts';

/**
 * Records a refusal, once for each reason: a host that waits for somebody to take a file away says so in every run.
 * Throws HostFailure.
 */
export async function recordRefusal(
  { reader, now }: FollowedHost,
  { source, exitCode, why, blame }: Omit<RefusedCommit, 'carried'>,
): Promise<void> {
  const recent = await readRecentRecords(reader.root);
  // One run may refuse two commits, the newest and what is to be kept: each is compared with all that came last.
  const since = recent.slice(recent.findLastIndex(({ kind }) => kind !== 'refuse') + 1);
  if (since.some((record) => isSame(record, source.commit, why))) return;
  await recordEvent(reader.root, {
    ...{ version: 1, at: now.toISOString(), kind: 'refuse' },
    ...{ policy: source, exitCode, why, blame },
  });
}

function isSame(record: HistoryRecord, commit: string, why: string): boolean {
  return record.kind === 'refuse' && record.policy.commit === commit && record.why === why;
}
