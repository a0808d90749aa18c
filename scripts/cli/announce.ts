import { digestOf } from '../follow/history-chain.ts';
import type { HistoryRecord } from '../follow/record.ts';
import type { RunReport } from '../follow/run-report.ts';
import { readFetched } from '../host/fetched.ts';
import { readRecentLines } from '../host/history.ts';
import { messageOf } from '../host/host-failure.ts';
import { logToJournal } from '../host/journal-log.ts';
import { writeMetrics } from '../host/metrics-file.ts';
import { writeRunReport } from '../host/run-report-file.ts';
import { nextExpiry } from '../policy/next-expiry.ts';
import { journalFields } from '../report/journal-fields.ts';
import { metricsText } from '../report/metrics.ts';
import { sliceUses } from '../units/slice-use.ts';
import { readStanding } from './follow-branch.ts';
import type { Carried, FollowedHost } from './followed-host.ts';

/**
 * Tells how a run went to those who are not asked: the file that status reads, the journal, and the metrics. What cannot be
 * told is no failure of the run: gives the reasons. Never throws.
 */
export async function announce(
  host: Omit<FollowedHost, 'standing'>,
  report: RunReport,
  before: string | undefined,
  carried?: Carried,
): Promise<readonly string[]> {
  const { root } = host.reader;
  const tasks = [
    () => writeRunReport(root, report),
    () => tellMetrics(host, report, carried),
    () => tellNews(root, before),
  ];
  const notes: string[] = [];
  for (const task of tasks) await task().catch((error: unknown) => notes.push(messageOf(error)));
  return notes;
}

/** Tells the journal what the history has that it had not before; `before` was its last line then. Throws HostFailure. */
async function tellNews(root: string, before: string | undefined): Promise<void> {
  // What happens below another root is nothing that this machine's journal is about.
  if (root !== '/') return;
  const lines = await readRecentLines(root);
  const failures: string[] = [];
  for (const line of lines.slice(before === undefined ? 0 : lines.indexOf(before) + 1)) {
    const failure = await logToJournal(journalFields(JSON.parse(line) as HistoryRecord, digestOf(line)));
    if (failure !== undefined) failures.push(failure);
  }
  if (failures[0] !== undefined) throw new Error(failures[0]);
}

/** The same for somebody's command, which has been done whether the journal hears of it or not. Gives the reason if not. */
export async function noteOnNews(root: string, before: string | undefined): Promise<string> {
  return await tellNews(root, before).then(
    () => '',
    (error: unknown) => `${messageOf(error)}\n`,
  );
}

async function tellMetrics(
  { reader, config }: Omit<FollowedHost, 'standing'>,
  run: RunReport,
  carried: Carried | undefined,
): Promise<void> {
  const { metricsFolder, host } = config;
  if (metricsFolder === undefined) return;
  const standing = await readStanding(reader.root);
  const fetched = await readFetched(reader.root);
  const outcome = carried?.outcome;
  const text = metricsText({
    ...{ host, run, standing },
    ...(standing.last && { lastApply: standing.last.result }),
    ...(fetched && { fetched }),
    ...(carried && { policy: carried.resolved, expiry: nextExpiry(carried.resolved) }),
    // As it was found: what was put right was drift all the same.
    ...(outcome && { plan: outcome.whole }),
    ...(outcome?.live && { slices: sliceUses(outcome.live.cgroup) }),
  });
  await writeMetrics(metricsFolder, text);
}
