const SHOWN = 10;

/** So many of something, as in `1 unit file` and `2 unit files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Names for one line: the first ten, and how many more there are. */
export function listing(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
