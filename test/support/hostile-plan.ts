import type { Change, Difference } from '../../scripts/units/diff.ts';
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
    { key: text, after: text },
  ];
  const changes: readonly Change[] = [
    { kind: 'create', path: text, after: text, place, differences },
    { kind: 'update', path: text, before: text, after: text, place, differences },
    { kind: 'remove', path: text, before: text, differences },
  ];
  return {
    site: 'ds01',
    today: '2026-06-15',
    changes,
    moves: [{ account: text, kind: 'moves', from: text, to: text, until: text, state: 'active', place }],
    guards: [{ id: 'mass-removal', message: text, objects: [text], wayOut: 'do something else' }],
    conflicts: [{ path: text, message: text }],
    foreign: [text],
    digest: 'd'.repeat(64),
  };
}
