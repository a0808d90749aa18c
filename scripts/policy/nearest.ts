import { closest, distance } from 'fastest-levenshtein';

/** The known name that `name` was most likely meant to be; `undefined` if none is close enough to be worth a guess. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(name.toLowerCase(), known);
  const close = distance(name.toLowerCase(), best) <= Math.max(1, Math.floor(best.length / 3));
  // The right letters in the wrong order are the most common slip, and two edits away: "plna".
  return close ? best : known.find((candidate) => lettersOf(candidate) === lettersOf(name));
}

function lettersOf(name: string): string {
  return [...name.toLowerCase()].sort().join('');
}
