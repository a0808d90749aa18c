import type { Trust } from '../follow/config.ts';
import type { CommitName } from '../follow/record.ts';
import { HostRefusal } from './host-failure.ts';
import { commitsSince, hasCommit, isAncestor } from './repository.ts';
import { withSigners } from './signatures.ts';

/** A commit that wants to be applied, and what it is held against. */
export interface Candidate {
  readonly commit: CommitName;
  /** The commit that it has to descend from; absent if this one is the first. */
  readonly anchor?: CommitName;
  readonly trust: Trust;
}

const LONGEST_SUBJECT = 60;

/**
 * Refuses a commit of root's repository that may not be trusted: one that does not descend from the anchor, or, where trust
 * is `signed`, one that came with a commit on the first-parent line that no listed key has signed. Reads no file of any of
 * them. Throws HostRefusal and HostFailure.
 */
export async function judge(root: string, { commit, anchor, trust }: Candidate): Promise<void> {
  if (!(await hasCommit(root, commit))) throw new HostRefusal(`commit ${commit} is not in this host's repository`);
  if (anchor !== undefined && !(await isAncestor(root, anchor, commit))) {
    throw new HostRefusal(
      `commit ${commit} does not descend from ${anchor}, the last one that was trusted: the branch was rewritten; put it ` +
        `back, or look at what it holds now and say so: ${wayOut(commit)}`,
    );
  }
  if (trust === 'signed') await judgeSignatures(root, anchor, commit);
}

async function judgeSignatures(root: string, anchor: CommitName | undefined, commit: CommitName): Promise<void> {
  await withSigners(root, async (signers) => {
    for (const candidate of await commitsSince(root, anchor, commit)) {
      const fault = await signers.findFault(candidate);
      if (fault === undefined) continue;
      const { name, subject, author } = candidate;
      throw new HostRefusal(
        `commit ${name.slice(0, 12)} "${shorten(subject)}" by ${author.who} ${fault}: have it signed by a listed key and ` +
          `push again, or look at it and say so: ${wayOut(commit)}`,
      );
    }
  });
}

function wayOut(commit: CommitName): string {
  return `ds01-policy trust ${commit} --reason …`;
}

function shorten(subject: string): string {
  return subject.length <= LONGEST_SUBJECT ? subject : `${subject.slice(0, LONGEST_SUBJECT - 1)}…`;
}
