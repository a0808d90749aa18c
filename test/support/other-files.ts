import type { OtherFile } from '../../scripts/units/shadows.ts';

// When all of them were written.
const WRITTEN = Date.UTC(2025, 11, 5, 9, 41, 30);
/** That time in the words of a finding. */
export const SINCE = 'since 2025-12-05 09:41 UTC';

/** A file of somebody else with these lines in its section [Slice]. */
export function other(path: string, ...lines: readonly string[]): OtherFile {
  return { path, text: `[Slice]\n${lines.join('\n')}\n`, modified: WRITTEN };
}

/** A drop-in as systemctl set-property writes it. */
export function property(path: string, line: string): OtherFile {
  const head =
    '# This is a drop-in unit file extension, created via "systemctl set-property"\n# or an equivalent operation. Do not edit.\n';
  return { path, text: `${head}[Slice]\n${line}\n`, modified: WRITTEN };
}
