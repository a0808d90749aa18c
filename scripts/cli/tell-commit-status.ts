import { join } from 'node:path';
import type { Config } from '../follow/config.ts';
import { readCredential } from '../host/credential.ts';
import { FETCH_FOLDER, readFetched } from '../host/fetched.ts';
import { readRecentRecords } from '../host/history.ts';
import { messageOf } from '../host/host-failure.ts';
import { reportStatuses } from '../host/posted-statuses.ts';
import { readRunReport } from '../host/run-report-file.ts';
import { commitStatuses } from '../report/commit-status.ts';
import { printable } from '../report/printable.ts';

/**
 * Tells the server of the repository what became of its newest commits on this host, where that is configured and a token
 * is there. Gives what went wrong, in lines; what cannot be told changes nothing on the host. Never throws.
 */
export async function tellCommitStatus(root: string, config: Config, now: Date): Promise<string> {
  try {
    const token = config.commitStatus && (await readCredential('commit-status-token'));
    if (!config.commitStatus || token === undefined) return '';
    const [records, run, fetched] = await Promise.all([
      readRecentRecords(root),
      readRunReport(root),
      readFetched(root),
    ]);
    const target = { ...config.commitStatus, token, context: `ds01-policy/${config.host}` };
    const statuses = (open: readonly string[]) => commitStatuses({ records, run, fetched: fetched?.commit, open, now });
    const problems = await reportStatuses(join(root, FETCH_FOLDER), target, statuses, now);
    return problems.map((problem) => `${printable(problem)}\n`).join('');
  } catch (error) {
    return `commit status: ${printable(messageOf(error))}\n`;
  }
}
