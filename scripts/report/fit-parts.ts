/** One part of a text that has to fit somewhere: its items are whole, or not there. */
export interface Part {
  readonly open: readonly string[];
  /** The most important first. */
  readonly items: readonly string[];
  readonly close: readonly string[];
}

/** More characters than the line has that says how many items there are, with what is between two parts. */
const NOTE = 80;

/**
 * The parts as texts that together, with an empty line after each, have `longest` characters at most. Where not all fits,
 * short parts are whole, and the others share what is left; each says how many of its items it has.
 */
export function fitParts(parts: readonly Part[], longest: number): readonly string[] {
  const needed = parts.map((part) => printPart(part, part.items.length).length + 2);
  const given = new Map<number, number>();
  let left = longest;
  const byNeed = needed.map((need, index) => ({ need, index })).sort((a, b) => a.need - b.need);
  for (const [rank, { need, index }] of byNeed.entries()) {
    const share = Math.min(need, Math.floor(left / (parts.length - rank)));
    given.set(index, share);
    left -= share;
  }
  return parts.map((part, index) => {
    const [need = 0, room = 0] = [needed[index], given.get(index)];
    return printPart(part, need <= room ? part.items.length : fitting(part, room));
  });
}

function fitting(part: Part, room: number): number {
  let left = room - NOTE - printPart({ ...part, items: [] }, 0).length;
  const first = part.items.findIndex((item) => {
    left -= item.length + 1;
    return left < 0;
  });
  return first === -1 ? part.items.length : first;
}

function printPart({ open, items, close }: Part, shown: number): string {
  const note = shown === items.length ? [] : ['', `${shown} of ${items.length} shown, all of it in the artefact`];
  return [...open, ...items.slice(0, shown), ...note, ...close].join('\n');
}
