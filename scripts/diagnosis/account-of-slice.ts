import { type Entitlement, entitlementOf, type Resolved } from '../policy/resolve.ts';

/**
 * The account that a slice belongs to: one that policy lists, or one of the default group that nobody lists. Absent for
 * slices of the site and of groups, for those of other groups that an account has left, and for names that no account can
 * have given a slice. A slice below an account's is the account's.
 */
export function accountOfSlice(resolved: Resolved, slice: string): Entitlement | undefined {
  const { own, slug } = partsOf(slice);
  const entitlement = entitlementOf(resolved, slug);
  return entitlement.slice === own ? entitlement : undefined;
}

/** The same; and the account that has left a slice for another one, with what it has now. */
export function accountOfWork(resolved: Resolved, slice: string): Entitlement | undefined {
  const listed = entitlementOf(resolved, partsOf(slice).slug);
  return listed.member && partsOf(slice).site === resolved.site.name ? listed : accountOfSlice(resolved, slice);
}

/** The last name of the account that a slice is of, in whatever group: `a` of `ds01-student-a.slice`. Empty for others. */
export function slugIn(slice: string): string {
  return partsOf(slice).slug;
}

// Of `ds01-student-a.slice` and of `ds01-student-a-x.slice`: `ds01-student-a.slice` and `a`.
function partsOf(slice: string): { readonly site: string; readonly own: string; readonly slug: string } {
  const [, prefix = '', site = '', slug = ''] = /^(([^-]+)-[^-]+-([^-.]+))(?:-.*)?[.]slice$/.exec(slice) ?? [];
  return { site, own: `${prefix}.slice`, slug };
}
