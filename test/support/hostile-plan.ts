import type { Change, Difference } from '../../scripts/units/diff.ts';
import type { Drift } from '../../scripts/units/drift.ts';
import type { Plan } from '../../scripts/units/plan.ts';

/** Text that tries to be more than text, on a terminal, in Markdown and in HTML. */
export const HOSTILE = [
  'a\u001b[31m\u202e\u009b\r\nb',
  '`code` ``two`` ``` ',
  '| cell \\| \\',
  '</code><script>alert(1)</script><img src=x onerror=x>',
  '[link](javascript:x) ![image](x) **bold** _it_ ~~no~~ # title @team &lt; $x$',
].join(' ');

/** A plan in which everything that can come from outside is such a text. */
export function hostilePlan(text = HOSTILE): Plan {
  const place = { file: text, line: 1 };
  const differences: readonly Difference[] = [
    { key: `IOReadBandwidthMax ${text}`, before: text, after: text, effect: 'falls', place },
    { key: text, before: text, effect: 'changes' },
    { key: text, before: text, after: text, effect: 'imposed', ignored: true, inUse: text, place },
    { key: text, after: text },
  ];
  const changes: readonly Change[] = [
    { kind: 'create', path: text, after: text, place, differences },
    { kind: 'update', path: text, before: text, after: text, place, differences },
    { kind: 'adopt', path: text, before: text, after: text, place, differences },
    { kind: 'remove', path: text, before: text, differences },
    { kind: 'clear', path: text, before: text, differences },
  ];
  const drift: Drift = {
    ...{ slice: text, key: text, origin: 'file', wanted: text, found: text, file: text, since: text, place },
    ...{ action: 'refuse', message: text, wayOut: text },
  };
  const guard = { id: 'mass-removal', message: text, objects: [text], wayOut: text } as const;
  return {
    site: 'ds01',
    today: '2026-06-15',
    differs: true,
    changes,
    moves: [{ account: text, kind: 'moves', from: text, to: text, until: text, state: 'active', place }],
    guards: [guard],
    answered: [
      { guard, answer: { guard: text, objects: [text], reason: text, expires: { value: text, place }, place } },
    ],
    conflicts: [{ path: text, message: text }],
    drift: [drift],
    draining: [{ slice: text, to: text, work: [text] }],
    foreign: [text],
    accountingOnly: [text],
    verified: {
      unenforced: [{ key: text, wanted: text, slices: [text, text], why: text, place }],
      inKernel: { limits: 2, slices: 1 },
      inSystemd: { limits: 1, slices: 1 },
    },
    digest: 'd'.repeat(64),
  };
}
