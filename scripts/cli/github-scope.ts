import { readCommit, readParents } from '../host/github-git.ts';
import { HostRefusal } from '../host/host-failure.ts';
import type { WorkflowRun } from '../host/workflow-run.ts';
import type { Scope } from './github-judge.ts';
import { at, hasForm, numberAt, textAt } from './github-values.ts';

/** What an event is about: a change, and the pull request if there is one. */
export interface EventScope extends Scope {
  readonly pullRequest?: { readonly number: number; readonly base: string; readonly head: string };
}

/** What has to be checked because of an event. Throws HostRefusal. */
export async function scopeOf({ event, payload }: WorkflowRun): Promise<EventScope> {
  const head = 'HEAD';
  switch (event) {
    case 'pull_request':
      return await scopeOfPullRequest(payload);
    case 'merge_group':
      return { base: textAt(payload, 'merge_group.base_sha', 'commit'), head, authors: [], isProposal: false };
    // Zeros where the branch is new: there was nothing before.
    case 'push':
      return { base: textAt(payload, 'before', 'commit'), head, authors: [], isProposal: false };
    // A pull request that was made with the token of a workflow starts none by itself: whoever makes it starts this one.
    case 'workflow_dispatch': {
      const base = `refs/remotes/origin/${textAt(payload, 'repository.default_branch', 'branch')}`;
      const number = numberIn(payload);
      const pullRequest = number !== undefined && { number, base, head: await readCommit(head) };
      return { base, head, authors: [], ...(pullRequest && { pullRequest }), isProposal: true };
    }
    default:
      throw new HostRefusal(`"${event}" is no event that policy is checked for`);
  }
}

async function scopeOfPullRequest(payload: unknown): Promise<EventScope> {
  const proposed = textAt(payload, 'pull_request.head.sha', 'commit');
  const number = numberAt(payload, 'pull_request.number');
  const [first, second, ...more] = await readParents();
  // GitHub checks out what a merge would make now: its first parent is newer than the base that the event names.
  const isMerge = first !== undefined && second === proposed && more.length === 0;
  const base = isMerge ? first : textAt(payload, 'pull_request.base.sha', 'commit');
  return {
    base,
    head: 'HEAD',
    authors: [textAt(payload, 'pull_request.user.login', 'login')],
    isProposal: true,
    pullRequest: { number, base, head: proposed },
  };
}

function numberIn(payload: unknown): number | undefined {
  const given = at(payload, 'inputs.pull-request');
  if (given === undefined || given === null || given === '') return undefined;
  if (hasForm(given, 'number')) return Number(given);
  throw new HostRefusal('inputs.pull-request is not the number of a pull request');
}
