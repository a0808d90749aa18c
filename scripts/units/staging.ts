import type { Change } from './diff.ts';
import { parseUnitPath } from './unit-path.ts';

/**
 * The new texts of a plan with what systemd needs to read them: a drop-in is only read for a unit, so that those without
 * one among the changes get a unit that says nothing. `x-_` is a name that no account can have.
 */
export function stagedFiles(changes: readonly Change[]): readonly { readonly path: string; readonly text: string }[] {
  const files = new Map(changes.flatMap((change) => ('after' in change ? [[change.path, change.after] as const] : [])));
  for (const path of [...files.keys()]) {
    const unit = parseUnitPath(path).unit.replace(/-[.]slice$/, '-_.slice');
    if (!files.has(unit)) files.set(unit, '[Slice]\n');
  }
  return [...files].map(([path, text]) => ({ path, text }));
}
