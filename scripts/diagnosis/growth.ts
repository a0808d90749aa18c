/**
 * By how much a counter of the kernel grew between two looks. One that was not there has begun since, at zero; one that went
 * backwards has begun anew.
 */
export function growth(before: number | undefined, after: number): number {
  return before === undefined || after < before ? after : after - before;
}

/** What that is per second; nothing where no time went by between the looks. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? amount / seconds : 0;
}
