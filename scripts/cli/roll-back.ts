import { endedGrants } from '../follow/ended-grants.ts';
import type { CommitName } from '../follow/record.ts';
import { isSameTree, type Tree, treeChanges, withoutChanges } from '../follow/revert.ts';
import { rollbackBranches } from '../follow/rollback-branches.ts';
import { type Risk, riskOf, unknownRisk } from '../follow/rollback-risk.ts';
import { commitOnBranch, readBranches } from '../host/commit-writer.ts';
import {
  describeCommits,
  openPolicyRepository,
  type PolicyRepository,
  readPolicyTree,
} from '../host/policy-commits.ts';
import { readTreePolicies } from '../host/tree-policy.ts';
import type { Clock } from '../policy/calendar.ts';
import { check } from '../policy/check.ts';
import type { Finding } from '../policy/finding.ts';
import type { PolicyFile } from '../policy/load.ts';
import { type Resolved, resolve } from '../policy/resolve.ts';
import { type RollbackRecord, rollbackMessage } from '../report/rollback-record.ts';
import type { Plan } from '../units/plan.ts';
import { planBetween } from '../units/plan-between.ts';
import { assertClean } from './assert-clean.ts';
import { chooseReverts, type RevertChoice, type RevertWish } from './choose-reverts.ts';

/** What is to be rolled back where, and why. */
export interface RollbackOrder extends RevertWish {
  /** The policy folder. */
  readonly policy: string;
  readonly reason?: string | undefined;
}

/** What came of a rollback. */
export type RolledBack =
  /** Policy is already as it was at the commit that was named. */
  | { readonly kind: 'nothing'; readonly folder: string }
  /** Policy would have errors: nothing was made. */
  | { readonly kind: 'errors'; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'done';
      readonly record: RollbackRecord;
      /** The commit that takes back, as short as git makes it. */
      readonly made: string;
      /** The branch that was checked out before; absent if it was a commit. */
      readonly from?: string;
      /** What changes on a host that has policy as it was; absent if that policy had errors. */
      readonly plan?: Plan;
      readonly findings: readonly Finding[];
    };

/**
 * Takes commits back on a branch of its own and checks it out: the record of what and why is in its message. Throws
 * HostRefusal, and UsageError for a commit that does not exist; nothing is changed then.
 */
export async function rollBack(order: RollbackOrder, now: Date): Promise<RolledBack> {
  const repository = await openPolicyRepository(order.policy);
  await assertClean(repository);
  const choice = await chooseReverts(repository, order);
  if (choice.reverts.length === 0) return { kind: 'nothing', folder: repository.folder };
  const policies = await readPolicies(repository, choice, now);
  const { after, findings } = policies;
  if (!after) return { kind: 'errors', findings };
  const plan = policies.before && planBetween(policies.before, after);
  const record = await makeRecord(repository, order, choice, { ...policies, after }, plan);
  const changes = treeChanges(choice.before, choice.after);
  const branches = { branch: record.branches.rollback, backup: record.branches.backup };
  const commit = {
    changes,
    message: rollbackMessage(record),
    isAsMeant: async (made: CommitName) => isSameTree(await readPolicyTree(repository, made), choice.after),
  };
  const [made] = await describeCommits(repository, [await commitOnBranch(repository, commit, branches)]);
  const { branch } = repository;
  return {
    kind: 'done',
    record,
    made: made?.short ?? '',
    findings,
    ...(branch !== undefined && { from: branch }),
    ...(plan && { plan }),
  };
}

interface Policies {
  /** Absent if policy has errors. */
  readonly before: Resolved | undefined;
  readonly after: Resolved | undefined;
  /** Of policy afterwards. */
  readonly findings: readonly Finding[];
  /** For each commit that is taken back. */
  readonly risks: readonly Risk[];
}

async function readPolicies(repository: PolicyRepository, choice: RevertChoice, now: Date): Promise<Policies> {
  const { reverts } = choice;
  const own: Tree[] = [];
  for (const { commit } of reverts) own.push(await readPolicyTree(repository, commit.name));
  const earlier = own.map((tree, index) => withoutChanges(tree, reverts[index]?.changes ?? []));
  const trees = [choice.before, choice.after, ...own, ...earlier];
  const [before = [], after = [], ...others] = await readTreePolicies(repository, trees);
  const { findings, policy } = check(after, { kind: 'instant', now });
  const resolved = policy && resolve(policy, { kind: 'instant', now });
  // All of them on the same day: a grant that has ended since is no change of theirs.
  const clock: Clock = resolved ? { kind: 'day', day: resolved.today } : { kind: 'instant', now };
  const risks = reverts.map((_revert, index) => {
    const at = others[index] ?? [];
    return riskBetween(others[reverts.length + index] ?? [], earlier[index]?.size === 0, at, clock);
  });
  return { before: resolveFiles(before, clock), after: resolved, findings, risks };
}

function riskBetween(
  before: readonly PolicyFile[],
  isFirst: boolean,
  after: readonly PolicyFile[],
  clock: Clock,
): Risk {
  const [from, to] = [resolveFiles(before, clock), resolveFiles(after, clock)];
  if (!to) return unknownRisk('policy had errors with it, so that no host applied it');
  if (!from && !isFirst) return unknownRisk('policy had errors before it, so that nobody can tell what it changed');
  return riskOf(planBetween(from, to), to);
}

function resolveFiles(files: readonly PolicyFile[], clock: Clock): Resolved | undefined {
  const { policy } = check(files, clock);
  return policy && resolve(policy, clock);
}

async function makeRecord(
  repository: PolicyRepository,
  { reason }: RollbackOrder,
  { reverts, target }: RevertChoice,
  { before, after, risks }: Policies & { readonly after: Resolved },
  plan: Plan | undefined,
): Promise<RollbackRecord> {
  const { folder, head } = repository;
  const [at] = await describeCommits(repository, [head]);
  const newest = reverts[0]?.commit;
  const words = reason ?? newest?.subject ?? '';
  const branches = rollbackBranches(after.today, words, newest?.short ?? '', await readBranches(repository));
  return {
    folder,
    head: at?.short ?? head,
    branches,
    reverts: reverts.flatMap(({ commit, others }, index) => {
      const risk = risks[index];
      return risk ? [{ commit, others, risk }] : [];
    }),
    ended: endedGrants(before, after),
    guards: plan?.guards ?? [],
    ...(reason !== undefined && { reason }),
    ...(target && { target }),
  };
}
