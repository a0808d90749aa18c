import type { KernelMessage } from './facts.ts';
import { allOf, fieldsOf, linesOf, readJson } from './understand.ts';

// What the kernel says when a limit stops something: kernel/cgroup/pids.c, mm/oom_kill.c.
const ABOUT_LIMITS = /fork rejected by pids controller|oom-kill:|Memory cgroup out of memory|Killed process/;

/** Understands the JSON of journalctl(1), one object on each line: what the kernel said about limits, the oldest first. */
export function readKernelLog(text: string): readonly KernelMessage[] | undefined {
  const messages = allOf(linesOf(text).map(readMessage));
  return messages?.filter((message) => ABOUT_LIMITS.test(message.text)).sort((a, b) => a.at - b.at);
}

function readMessage(line: string): KernelMessage | undefined {
  const { MESSAGE, __REALTIME_TIMESTAMP: microseconds } = fieldsOf(readJson(line));
  if (typeof microseconds !== 'string' || !/^[0-9]{1,17}$/.test(microseconds)) return undefined;
  return { at: Math.floor(Number(microseconds) / 1000), text: textOf(MESSAGE) };
}

// A message with bytes that are no text is a list of them: systemd's JOURNAL_EXPORT_FORMATS, the JSON format. One that is
// too long is null, and those about limits are short.
function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  const bytes = Array.isArray(message) ? message.filter((byte) => Number.isInteger(byte)) : [];
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
