/**
 * When something happened that the kernel counts: while it was looked at; before, at a time in milliseconds since 1970; or
 * at some time since the cgroup began, which is all that a counter says.
 */
export type Happened =
  | { readonly kind: 'watched' }
  | { readonly kind: 'logged'; readonly at: number }
  | { readonly kind: 'counted' };

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;

/** What has happened, in the order in which it is told: the newest first, and last what may be older than anything. */
export function newestFirst<H extends { readonly happened: Happened }>(all: readonly H[]): readonly H[] {
  return [...all].sort((a, b) => timeOf(b.happened) - timeOf(a.happened));
}

// Finite, so that they can be compared with each other.
function timeOf(happened: Happened): number {
  if (happened.kind === 'watched') return Number.MAX_SAFE_INTEGER;
  return happened.kind === 'counted' ? Number.MIN_SAFE_INTEGER : happened.at;
}

/** The weight of a cause because of which work failed: what happened last is most likely what somebody complains about. */
export function weightOfAll(all: readonly { readonly happened: Happened }[], now: number): number {
  return Math.max(0, ...all.map(({ happened }) => weightOf(happened, now)));
}

function weightOf(happened: Happened, now: number): number {
  if (happened.kind === 'watched') return 95;
  if (happened.kind === 'counted') return 30;
  const age = now - happened.at;
  if (age <= HOUR) return 90;
  return age <= DAY ? 60 : 20;
}

/** `in 5.0 s`, `3 min ago`, `since it began`; for `now` and the window of a case. */
export function happenedText(
  happened: Happened,
  { now, window }: { readonly now: number; readonly window: number },
): string {
  if (happened.kind === 'watched') return `in ${window.toFixed(1)} s`;
  return happened.kind === 'counted' ? 'since it began' : agoText(now - happened.at);
}

// With at least two of the unit, so that rounding down does not matter.
function agoText(age: number): string {
  // A clock that was set back puts what has just happened into the future.
  const past = Math.max(0, age);
  if (past < 2 * MINUTE) return `${Math.floor(past / SECOND)} s ago`;
  if (past < 2 * HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  return past < 2 * DAY ? `${Math.floor(past / HOUR)} h ago` : `${Math.floor(past / DAY)} days ago`;
}

/** A moment to the second in UTC, as in `2026-06-15 09:57:00 UTC`: with it, a line of the kernel's log is found again. */
export function momentText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
