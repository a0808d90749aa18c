import { setTimeout as wait } from 'node:timers/promises';
import { askContainerNames } from '../host/ask-container-names.ts';
import { patience } from '../host/ask-program.ts';
import { lookAtUse } from '../host/look-at-use.ts';
import type { Paint } from '../report/paint.ts';
import { topText } from '../report/top.ts';
import { topJson } from '../report/top-json.ts';
import { onScreen } from './live-screen.ts';
import { isOfSite, type Observer, type UsageQuestion, UsageSource } from './usage-source.ts';
import { watchUsage } from './watch-usage.ts';

/** How it is to be shown. */
export interface Showing {
  /** Seconds between two looks. */
  readonly every: number;
  readonly format: 'text' | 'json';
  /** Also on a terminal. */
  readonly once: boolean;
  readonly paint: Paint;
}

/** Seconds that Docker has to answer. */
const PATIENCE = 3;

/** This machine. */
function machine(site: string, enough: AbortSignal | undefined): Observer {
  return {
    look: () => lookAtUse((path) => isOfSite(path, site)),
    askContainerNames: () => askContainerNames(patience(PATIENCE, enough)),
  };
}

/**
 * Shows who uses what: on a terminal until somebody ends it, and gives nothing then; elsewhere gives a table, or JSON. A
 * signal that ends it on a terminal ends the program, once the terminal is as it was. Throws HostFailure.
 */
export async function showUsage(question: UsageQuestion, showing: Showing): Promise<string> {
  const { every, format, once, paint } = showing;
  const over = new AbortController();
  const isLive = format === 'text' && !once && isWatched();
  const source = new UsageSource(question, machine(question.resolved.site.name, isLive ? over.signal : undefined));
  if (isLive) {
    const terminal = { input: process.stdin, output: process.stdout };
    const watched = onScreen(terminal, (screen) => watchUsage(source, screen, { every, paint }));
    // Who has typed q does not wait for a Docker that hangs.
    await watched.finally(() => over.abort());
    return '';
  }
  await Promise.all([wait(every * 1000), source.namesKnown()]);
  const usage = source.next();
  return format === 'json' ? topJson(usage) : topText(usage, paint);
}

// Somebody has to be able to read it and to end it; `dumb` is a terminal that cannot move its cursor.
function isWatched(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}
