import { accountHistory } from '../follow/account-history.ts';
import { findBreak } from '../follow/history-chain.ts';
import type { HistoryRecord } from '../follow/record.ts';
import { readHistoryLines } from '../host/history.ts';
import { slugOf } from '../policy/account.ts';
import { accountText, brokenWords, historyJson, historyText } from '../report/history.ts';
import type { Paint } from '../report/paint.ts';
import { choosePolicy } from './choose-policy.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { findAccount } from './find-account.ts';
import { readPolicy } from './read-policy.ts';
import { chooseHost } from './survey.ts';

/** What is asked of the history of a host. */
export interface HostHistoryWish {
  readonly root: string | undefined;
  /** All that happened, if there is none. */
  readonly account: string | undefined;
  readonly format: 'text' | 'json';
  readonly now: Date;
  readonly paint: Paint;
}

/** Tells what happened on a host, or to one account, as far as nobody has changed the record since. */
export async function tellHostHistory({
  root,
  account: spelling,
  format,
  now,
  paint,
}: HostHistoryWish): Promise<Answer> {
  const reader = await chooseHost(root, 'history');
  const lines = await readHistoryLines(reader.root);
  const broken = findBreak(lines);
  const records = lines.slice(0, broken && broken - 1).map((line) => JSON.parse(line) as HistoryRecord);
  const answer = {
    exitCode: broken === undefined ? EXIT.done : EXIT.differs,
    stderr: broken === undefined ? '' : `${brokenWords(broken)}; what follows is not shown\n`,
  };
  if (spelling === undefined) {
    return { ...answer, stdout: format === 'json' ? historyJson(records, broken) : historyText(records, paint) };
  }
  const read = readPolicy(await choosePolicy(reader.root, undefined), { kind: 'instant', now }, paint);
  if (read.kind === 'errors') return read.answer;
  const { site } = read.resolved;
  const { account } = findAccount(read.resolved, spelling, 'history');
  const defaultGroup = site.defaultGroup.value;
  const entries = accountHistory(records, { account, slug: slugOf(account), site: site.name, defaultGroup });
  const json = format === 'json';
  return { ...answer, stdout: json ? historyJson(entries, broken) : accountText(account, entries, defaultGroup) };
}
