import type { Paint } from '../report/paint.ts';
import { type Frame, topFrame, type Usage } from '../report/top.ts';
import type { LiveScreen } from './live-screen.ts';
import type { UsageSource } from './usage-source.ts';

/** Milliseconds until the first table: long enough for a quota, which counts in tenths of a second. */
const FIRST = 1000;

/**
 * Shows who uses what on a terminal, again every so many seconds, until somebody ends it. Gives the signal that did, if one
 * did. Throws HostFailure.
 */
export async function watchUsage(
  source: Pick<UsageSource, 'next'>,
  screen: Pick<LiveScreen, 'size' | 'draw' | 'next'>,
  { every, paint }: { readonly every: number; readonly paint: Paint },
): Promise<NodeJS.Signals | undefined> {
  let usage: Usage | undefined;
  let [offset, due] = [0, performance.now() + FIRST];
  for (;;) {
    const frame = usage && topFrame(usage, { ...screen.size, offset }, paint);
    screen.draw(frame?.lines ?? ['looking …']);
    const event = await screen.next(due - performance.now());
    if (event === undefined) {
      usage = source.next();
      due = performance.now() + every * 1000;
    } else if (event.kind === 'end') return event.signal;
    else if (event.kind === 'key' && frame) offset = scrolled(event.name, frame);
  }
}

function scrolled(key: string, { offset, lastOffset, room }: Frame): number {
  // A line stays where it was, for the eye to go on from.
  const page = Math.max(1, room - 1);
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    pageup: -page,
    pagedown: page,
    space: page,
    home: -lastOffset,
    end: lastOffset,
  };
  return Math.min(Math.max(0, offset + (Object.hasOwn(steps, key) ? (steps[key] ?? 0) : 0)), lastOffset);
}
