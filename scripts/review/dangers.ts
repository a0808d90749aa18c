import type { Resolved } from '../policy/resolve.ts';
import type { AccountChange, ChangedAccount } from './account-changes.ts';
import type { Bearer, Fall } from './falls.ts';
import type { LimitChange } from './limit-changes.ts';
import { findOversubscription, type Oversubscription } from './oversubscription.ts';

/**
 * What a change may do to what runs: only the host knows what that is. Containers stay in the slice of the group that they
 * were made in (`work-stays`), and all of them do if every slice gets another name (`renamed`); memory above a limit is taken
 * back by killing (`kills`); above a limit of tasks nothing can be started (`forks`).
 */
export type Danger =
  | { readonly kind: 'work-stays'; readonly group: string; readonly accounts: readonly ChangedAccount[] }
  | { readonly kind: 'kills' | 'forks'; readonly bearer: Bearer; readonly limits: readonly LimitChange[] }
  | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
  | ({ readonly kind: 'oversubscribed' } & Oversubscription);

/** What may happen to work that runs, and to the host as a whole. */
export function findDangers(
  accounts: readonly AccountChange[],
  falls: readonly Fall[],
  before: Resolved | undefined,
  after: Resolved,
): readonly Danger[] {
  // Whoever moves leaves the slice: its processes are not those that the new limits are about.
  const moved = new Set(accounts.filter(isMove).map(({ accounts }) => accounts));
  const inPlace = falls.filter(({ bearer, day }) => {
    return (
      day === undefined && bearer.kind !== 'unlisted' && !(bearer.kind === 'accounts' && moved.has(bearer.accounts))
    );
  });
  const [from, to] = [before?.site.name, after.site.name];
  return [
    ...(from !== undefined && from !== to ? [{ kind: 'renamed', from, to } as const] : []),
    ...inPlace.flatMap((fall) => dangerOf('kills', 'memory_max', fall)),
    ...inPlace.flatMap((fall) => dangerOf('forks', 'tasks_max', fall)),
    ...workThatStays(accounts),
    ...findOversubscription(before, after).map((more) => ({ kind: 'oversubscribed', ...more }) as const),
  ];
}

function dangerOf(kind: 'kills' | 'forks', field: string, { bearer, limits }: Fall): readonly Danger[] {
  const lower = limits.filter((limit) => limit.field === field && limit.effect !== 'removed');
  return lower.length === 0 ? [] : [{ kind, bearer, limits: lower }];
}

function workThatStays(changes: readonly AccountChange[]): readonly Danger[] {
  const left = new Map<string, ChangedAccount[]>();
  for (const { before, accounts } of changes.filter(isMove)) {
    const group = String(before?.group);
    left.set(group, [...(left.get(group) ?? []), ...accounts]);
  }
  return [...left].map(([group, accounts]) => ({ kind: 'work-stays', group, accounts }));
}

function isMove({ kind }: AccountChange): boolean {
  return kind === 'moves' || kind === 'returns';
}
