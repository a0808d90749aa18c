import { mergeLimits } from '../policy/limits.ts';
import type { Draft } from '../policy/load.ts';
import type { Limits } from '../policy/policy.ts';
import { groupsOf, sitesOf } from '../policy/subjects.ts';

/** What the site allows; `undefined` where that cannot be told. */
export function siteLimits(draft: Draft): Limits | undefined {
  const [site] = sitesOf(draft);
  return site && !isMisspelled(draft, site.source.file) ? site.content.limits : undefined;
}

/** What each group with a file comes to; `undefined` where that cannot be told. */
export function groupLimits(draft: Draft): ReadonlyMap<string, Limits | undefined> {
  const site = siteLimits(draft);
  const readable = new Map(groupsOf(draft).map(({ content }) => [content.name, content.limits]));
  return new Map(
    draft.groups.map(({ file, name }) => {
      const own = readable.get(name);
      return [name, site && own && !isMisspelled(draft, file) ? mergeLimits(site, own) : undefined];
    }),
  );
}

// A limit that is misspelled is absent, which looks as if there had been none.
function isMisspelled({ misspellings }: Draft, file: string): boolean {
  return misspellings.some(({ source }) => source.file === file);
}
