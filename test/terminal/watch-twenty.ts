// A program for test/cli/live-screen.git.test.ts: what `top` shows of a machine with twenty accounts, of which each look
// shows that they use one core more. Arguments: seconds between looks, and after which look there is no machine any more.
import { onScreen } from '../../scripts/cli/live-screen.ts';
import { watchUsage } from '../../scripts/cli/watch-usage.ts';
import type { UsageNode } from '../../scripts/diagnosis/rank-usage.ts';
import { plain } from '../../scripts/report/paint.ts';
import type { Usage } from '../../scripts/report/top.ts';

const [, , every = '60', last = '1000'] = process.argv;
let looks = 0;

function next(): Usage {
  looks += 1;
  if (looks > Number(last)) throw new Error('the machine is gone');
  const roots = Array.from({ length: 20 }, (_, index): UsageNode => {
    const [label, cpu] = [`account-${index + 1}`, { cores: looks }];
    const meter = { path: `/${label}`, name: label, level: 'account', cpu, disks: [] } as const;
    return { meter, label, strains: [], weight: 0, isIdle: false, children: [] };
  });
  return { host: 'node1', site: 'ds01', at: 0, seconds: looks, roots, showIdle: false, notes: [] };
}

const terminal = { input: process.stdin, output: process.stdout };
await onScreen(terminal, (screen) => watchUsage({ next }, screen, { every: Number(every), paint: plain }));
