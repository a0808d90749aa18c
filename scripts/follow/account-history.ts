import type { ApplyEvent, CommitName, HistoryRecord, Instant, RecordedDifference } from './record.ts';

/** Something that changed for one account: its group, or a limit of a slice that it is in. */
export interface AccountEntry {
  readonly at: Instant;
  /** Absent if policy came from no commit. */
  readonly commit?: CommitName;
  readonly author?: string;
  readonly cause: ApplyEvent['cause'];
  /** The group that the account is in since, and until when; absent if it stays in its group. */
  readonly group?: { readonly from: string; readonly to: string; readonly until?: string };
  /** Limits by the slice that they are of. */
  readonly limits: readonly (RecordedDifference & { readonly slice: string })[];
}

/** Whose history is asked for: the account, the slug in the names of its slices, and the group of who is not listed. */
export interface AccountNames {
  readonly account: string;
  readonly slug: string;
  readonly site: string;
  readonly defaultGroup: string;
}

/** What one account had, since when, and through which commit: all that changed for it, oldest first. */
export function accountHistory(records: readonly HistoryRecord[], names: AccountNames): readonly AccountEntry[] {
  let group = names.defaultGroup;
  return records.flatMap((record) => {
    if (record.kind !== 'apply' || record.result !== 'applied') return [];
    const move = record.moves?.find(({ account }) => account === names.account);
    group = move?.to ?? group;
    const limits = limitsOf(record, { ...names, group });
    if (!move && limits.length === 0) return [];
    const { commit } = record.policy;
    const author = commit === null ? undefined : record.policy.author;
    return [
      {
        ...{ at: record.at, cause: record.cause, limits },
        ...(commit !== null && { commit }),
        ...(author !== undefined && { author }),
        ...(move && { group: { from: move.from, to: move.to, ...(move.until && { until: move.until }) } }),
      },
    ];
  });
}

// The slices that the account is in: the site's, its group's, the one of all members, and its own (systemd.slice(5)).
function limitsOf(
  { changes }: ApplyEvent,
  { site, slug, group }: AccountNames & { readonly group: string },
): AccountEntry['limits'] {
  const own = [`${site}.slice`, `${site}-${group}.slice`, `${site}-${group}-.slice`, `${site}-${group}-${slug}.slice`];
  return changes.flatMap(({ path, differences = [] }) => {
    const slice = sliceOf(path);
    if (!own.includes(slice)) return [];
    return differences.filter(isLimit).map((difference) => ({ slice, ...difference }));
  });
}

function sliceOf(path: string): string {
  const name = path.replace(/[/][^/]*[.]conf$/, '').replace(/^.*[/]/, '');
  return name.replace(/[.]d$/, '');
}

// Descriptions and accounting switches limit nothing.
function isLimit({ key }: RecordedDifference): boolean {
  return !/^Description$|Accounting$/.test(key);
}
