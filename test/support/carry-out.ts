import type { Change } from '../../scripts/units/diff.ts';
import type { FoundFile, FoundText } from '../../scripts/units/plan.ts';

/** What apply does to the files of a host. */
export function carryOut(found: readonly FoundFile[], changes: readonly Change[]): readonly FoundFile[] {
  const host = new Map(found.map((entry) => [entry.path, entry]));
  for (const change of changes) {
    if ('after' in change) host.set(change.path, { kind: 'file', path: change.path, text: change.after });
    else host.delete(change.path);
  }
  return [...host.values()];
}

/** The files among what was found. */
export function textsIn(found: readonly FoundFile[]): readonly FoundText[] {
  return found.flatMap((file) => (file.kind === 'file' ? [file] : []));
}
