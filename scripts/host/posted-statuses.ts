import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitStatus } from '../follow/commit-status.ts';
import type { CommitName, Instant } from '../follow/record.ts';
import { type Posted, postCommitStatus, type StatusTarget } from './commit-status.ts';
import { ignoreMissing, messageOf } from './host-failure.ts';
import { replaceWhole } from './unit-files.ts';

/** What was said, newest last; `notBefore` if the server asked for patience. */
interface Memory {
  readonly version: 1;
  /** Whom it was said to: another one knows nothing of it. */
  readonly to: string;
  readonly said: readonly CommitStatus[];
  readonly notBefore?: Instant;
}

const NAME = 'posted.json';
/** Statuses that are remembered: more than are ever to be said at once. */
const MOST = 50;
/** Seconds: no server asks for more patience, and a clock that was set back must not make it more. */
const LONGEST = 3600;

/**
 * Posts those statuses that are news, and remembers them in the folder; where there is no news, nobody is asked anything.
 * `statuses` is given the commits of which the last word was that they are pending. What could not be posted is tried
 * again the next time. Never throws: gives what went wrong, one sentence each, and these may have words of the server.
 */
export async function reportStatuses(
  folder: string,
  target: StatusTarget,
  statuses: (open: readonly CommitName[]) => readonly CommitStatus[],
  now: Date,
): Promise<readonly string[]> {
  const to = `${target.api} ${target.repository} ${target.context}`;
  const file = join(folder, NAME);
  const problems: string[] = [];
  const memory = await recall(file, to).catch((error: unknown) => {
    problems.push(`cannot read which commit statuses were posted, so all are posted again: ${messageOf(error)}`);
    return undefined;
  });
  const said = new Map((memory?.said ?? []).map((status) => [status.commit, status]));
  if (waits(memory?.notBefore, now)) return problems;
  const open = [...said.values()].filter(({ state }) => state === 'pending').map(({ commit }) => commit);
  const news = statuses(open).filter((status) => !isSame(said.get(status.commit), status));
  if (news.length === 0) return problems;
  const { posted, failed, retryAfter } = await postAll(target, news);
  problems.push(...failed);
  // The newest was posted first, and is remembered longest.
  for (const status of posted) {
    said.delete(status.commit);
    said.set(status.commit, status);
  }
  const notBefore = retryAfter && new Date(now.getTime() + Math.min(retryAfter, LONGEST) * 1000).toISOString();
  const next = { version: 1, to, said: [...said.values()].slice(-MOST), ...(notBefore && { notBefore }) } as const;
  if (posted.length > 0 || notBefore) await replaceWhole(file, `${JSON.stringify(next)}\n`).catch(addTo(problems));
  return problems;
}

function addTo(problems: string[]) {
  return (error: unknown): void => {
    problems.push(`cannot remember which commit statuses were posted, so they are posted again: ${messageOf(error)}`);
  };
}

function waits(notBefore: Instant | undefined, now: Date): boolean {
  const left = notBefore === undefined ? 0 : Date.parse(notBefore) - now.getTime();
  return left > 0 && left <= LONGEST * 1000;
}

function isSame(a: CommitStatus | undefined, b: CommitStatus): boolean {
  return a?.state === b.state && a.description === b.description;
}

async function postAll(target: StatusTarget, news: readonly CommitStatus[]) {
  const posted: CommitStatus[] = [];
  const failed: string[] = [];
  for (const status of news) {
    const result = await postCommitStatus(target, status);
    if (result.kind === 'posted') posted.unshift(status);
    else failed.push(`cannot post the status of ${status.commit}: ${result.why}`);
    if (result.kind === 'failed' && !isOfThisCommit(result)) return { posted, failed, retryAfter: result.retryAfter };
  }
  return { posted, failed, retryAfter: undefined };
}

// GitHub says so of a commit that it does not have. Anything else would only happen again with the next one.
function isOfThisCommit({ status }: Exclude<Posted, { readonly kind: 'posted' }>): boolean {
  return status === 422;
}

async function recall(file: string, to: string): Promise<Memory | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(ignoreMissing);
  const text = await handle?.readFile('utf8').finally(() => handle.close());
  if (text === undefined) return undefined;
  const memory = JSON.parse(text) as Partial<Memory> | null;
  const good = memory?.version === 1 && Array.isArray(memory.said) && memory.said.every(isStatus);
  if (!good) throw new Error(`${file} is not what this program writes`);
  return memory.to === to ? (memory as Memory) : undefined;
}

function isStatus(value: Partial<CommitStatus> | null): boolean {
  return typeof value?.commit === 'string';
}
