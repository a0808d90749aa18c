import type { UsageFocus, UsageNode } from '../diagnosis/rank-usage.ts';
import type { Paint } from './paint.ts';
import { printable, shortened } from './printable.ts';
import { usageTable } from './usage-table.ts';

/** Who uses what of a host. */
export interface Usage {
  readonly host: string;
  readonly site: string;
  /** Absent for all of the site. */
  readonly focus?: UsageFocus;
  /** When it was seen, in milliseconds since 1970, and how many seconds that took. */
  readonly at: number;
  readonly seconds: number;
  readonly roots: readonly UsageNode[];
  /** Show every cgroup, also those that are idle. */
  readonly showIdle: boolean;
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
}

/** A terminal in characters, and how many lines of the table are above it. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly offset: number;
}

/** What a terminal shows. */
export interface Frame {
  /** As many as the terminal has, or fewer; none is wider. */
  readonly lines: readonly string[];
  /** How far it is scrolled, and how far it can be. */
  readonly offset: number;
  readonly lastOffset: number;
  /** Lines of the table that fit at once. */
  readonly room: number;
}

/** Who uses what, for a file or a pipe: what hurts most is on top, and marked. */
export function topText(usage: Usage, paint: Paint): string {
  const { head, lines } = usageTable(
    usage.roots,
    { width: Number.POSITIVE_INFINITY, foldIdle: foldIdle(usage) },
    paint,
  );
  const sections = [
    [paint('strong', titleOf(usage))],
    lines.length === 0 ? [nothingText(usage)] : [...head, ...lines],
    usage.notes.map((note) => paint('warning', printable(note))),
    lines.length === 0 ? [] : [paint('faint', hintOf(usage))],
  ];
  const shown = sections.filter((section) => section.length > 0);
  return `${shown.map((section) => section.join('\n')).join('\n\n')}\n`;
}

/** The same for a terminal: only as much of it as there is room for. */
export function topFrame(usage: Usage, { width, height, offset: wanted }: View, paint: Paint): Frame {
  const { head, lines } = usageTable(usage.roots, { width, foldIdle: foldIdle(usage) }, paint);
  const cut = (text: string) => shortened(printable(text), width);
  const above = [paint('strong', cut(titleOf(usage))), ...(lines.length === 0 ? [] : head)];
  const notes = usage.notes.map((note) => paint('warning', cut(note)));
  const room = Math.max(1, height - above.length - notes.length - 1);
  const lastOffset = Math.max(0, lines.length - room);
  const offset = Math.min(Math.max(0, wanted), lastOffset);
  const keys = keysOf(offset, Math.min(lines.length, offset + room), lines.length);
  const shown = lines.length === 0 ? [cut(nothingText(usage))] : lines.slice(offset, offset + room);
  const below = paint('faint', cut(lines.length === 0 ? keys : `${keys}; ${hintOf(usage)}`));
  return { lines: [...above, ...shown, ...notes, below].slice(0, height), offset, lastOffset, room };
}

// Who asks about one account wants to see all of it.
function foldIdle({ showIdle, focus }: Usage): boolean {
  return !showIdle && focus?.kind !== 'account';
}

function titleOf({ host, site, focus, at, seconds }: Usage): string {
  const time = `${new Date(at).toISOString().slice(11, 19)} UTC`;
  return `${printable(focus ? whose(focus) : site)} on ${printable(host)}, ${time}, watched for ${seconds.toFixed(1)} s`;
}

function whose(focus: UsageFocus): string {
  return focus.kind === 'group' ? `group ${focus.group.group.name}` : focus.entitlement.account;
}

function nothingText({ site, focus }: Usage): string {
  if (!focus) return `nothing runs in ${site}.slice: no container and no service of the site is there`;
  return `nothing runs in ${focus.kind === 'group' ? focus.group.slice : focus.entitlement.slice}`;
}

function keysOf(first: number, last: number, all: number): string {
  return last - first < all ? `q quits, arrows scroll (${first + 1}-${last} of ${all})` : 'q quits';
}

function hintOf({ roots }: Usage): string {
  if (roots.some(({ weight }) => weight > 0)) return '! is held up: ds01-policy doctor says why';
  // Of a kernel without PSI, nobody knows.
  const tellsWaiting = roots.some(({ meter }) => meter.pressure);
  return tellsWaiting ? 'nothing is held up' : 'nothing is held up by a limit; this kernel does not say who waits';
}
