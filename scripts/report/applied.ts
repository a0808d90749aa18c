import type { Plan } from '../units/plan.ts';
import { unenforcedLines, verifiedText } from './drift.ts';
import type { Label } from './findings.ts';
import { count, printable } from './printable.ts';

/** What an apply did, in a sentence, and what was found in force afterwards, or cannot be. */
export function appliedText(plan: Plan, after: Plan, host: string, label: Label): string {
  const changes = plan.changes.length;
  const what = changes === 0 ? 'had systemd read its files again on' : `applied ${count(changes, 'change')} to`;
  const known = plan.verified ? unenforcedLines(plan.verified, label) : [];
  const unenforced = after.verified
    ? unenforcedLines(after.verified, label).filter((line) => !known.includes(line))
    : [];
  const lines = [
    `${what} ${printable(host)}`,
    ...(after.verified ? [verifiedText(after.verified)] : []),
    ...(unenforced.length > 0 ? ['not enforced by this machine', ...unenforced] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What became of a run that was ended half-way; nothing if there was none. */
export function settledText(settled: { readonly kind: string; readonly at?: string }): string {
  const run = `the apply of ${settled.at} was ended half-way`;
  if (settled.kind === 'restored') return `${run}: its changes were taken back first\n`;
  if (settled.kind === 'applied') return `${run}: its files were complete, and are in force and recorded now\n`;
  return '';
}
