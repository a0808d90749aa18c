/** From this share of the time on, a limit holds work up. */
export const HOLDS_UP = 0.1;

const MOSTLY = 0.5;

/** The weight of a cause that holds work up for a share of the time, from 0.1 to 1: from half of it on, 70 to 89, else 50 to 69. */
export function weightOfShare(share: number): number {
  if (share >= MOSTLY) return 70 + Math.round(((share - MOSTLY) / (1 - MOSTLY)) * 19);
  return 50 + Math.floor(((share - HOLDS_UP) / (MOSTLY - HOLDS_UP)) * 20);
}
