import type { GroupEntitlement, Resolved } from '../policy/resolve.ts';
import type { Change, Difference } from '../units/diff.ts';
import type { Guard } from '../units/guards.ts';
import type { Move } from '../units/moves.ts';
import type { Plan } from '../units/plan.ts';

/** How much harm a change can do: `high` if somebody has less or is not held any more, `low` if nobody notices. */
export type Level = 'low' | 'medium' | 'high';

/** Why a change can do harm. */
export type Reason =
  | { readonly kind: 'guard'; readonly level: 'high'; readonly guard: Guard }
  | { readonly kind: 'limit'; readonly level: Level; readonly path: string; readonly difference: Difference }
  | { readonly kind: 'move'; readonly level: Level; readonly move: Move }
  | { readonly kind: 'unknown'; readonly level: 'high'; readonly why: string };

/** What a change does, and to how many. */
export interface Risk {
  readonly level: Level;
  /** The worst first. */
  readonly reasons: readonly Reason[];
  /** Listed accounts whose limits or group change. */
  readonly accounts: number;
  /** Whether everybody who is not listed is affected, too. */
  readonly unlisted: boolean;
}

/** The risk of a change of policy: what its plan does to limits, groups and accounts. `after` is the policy it leads to. */
export function riskOf(plan: Pick<Plan, 'changes' | 'moves' | 'guards'>, after: Resolved): Risk {
  const reasons: readonly Reason[] = [
    ...plan.guards.map((guard) => ({ kind: 'guard', level: 'high', guard }) as const),
    ...plan.changes.flatMap(limitReasons),
    ...plan.moves.map((move) => ({ kind: 'move', level: move.kind === 'gains' ? 'medium' : 'high', move }) as const),
  ];
  const sorted = LEVELS.flatMap((level) => reasons.filter((reason) => reason.level === level));
  return { level: sorted[0]?.level ?? 'low', reasons: sorted, ...whoIsAffected(plan, after) };
}

/** The risk of a change that cannot be planned: nobody knows that it is small. */
export function unknownRisk(why: string): Risk {
  return { level: 'high', reasons: [{ kind: 'unknown', level: 'high', why }], accounts: 0, unlisted: false };
}

const LEVELS: readonly Level[] = ['high', 'medium', 'low'];

function limitReasons({ path, differences }: Change): readonly Reason[] {
  return differences.flatMap((difference) => {
    if (!difference.effect) return [];
    // A limit that is gone can hurt everybody else: for two months no slice of a server had any.
    const level = difference.effect === 'rises' ? 'medium' : 'high';
    return [{ kind: 'limit', level, path, difference }];
  });
}

function whoIsAffected({ changes, moves }: Pick<Plan, 'changes' | 'moves'>, after: Resolved) {
  const limited = changes.filter(({ differences }) => differences.some(({ effect }) => effect));
  const slices = new Set(limited.map(({ path }) => path.replace(/[.]d\/.*$/, '')));
  const isHit = ({ slice }: GroupEntitlement) => slices.has(slice) || slices.has(slice.replace(/[.]slice$/, '-.slice'));
  const accounts = new Set(moves.map(({ account }) => account));
  for (const { account, slice, group } of after.accounts.values()) {
    if (slices.has(slice) || isHit(group)) accounts.add(account);
  }
  const fallback = after.site.defaultGroup.value;
  const unlisted = [...after.groups.values()].some((entry) => entry.group.name === fallback && isHit(entry));
  return { accounts: accounts.size, unlisted };
}
