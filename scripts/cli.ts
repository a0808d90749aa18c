import { styleText } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import type { Answer, Command } from './cli/command.ts';
import { EXIT } from './cli/exit-code.ts';
import { overview, verbHelp } from './cli/help.ts';
import { UsageError } from './cli/usage-error.ts';
import { HostFailure, HostRefusal, LockHeld, messageOf } from './host/host-failure.ts';
import { nearest } from './policy/nearest.ts';
import { type Paint, plain } from './report/paint.ts';
import { printable } from './report/printable.ts';

// Each verb is loaded only when it is asked for.
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  validate: async () => (await import('./validate.ts')).validate,
  plan: async () => (await import('./plan.ts')).plan,
  apply: async () => (await import('./apply.ts')).apply,
  status: async () => (await import('./status.ts')).status,
  explain: async () => (await import('./explain.ts')).explain,
  doctor: async () => (await import('./doctor.ts')).doctor,
  top: async () => (await import('./top.ts')).top,
  history: async () => (await import('./history.ts')).history,
  rollback: async () => (await import('./rollback.ts')).rollback,
  grant: async () => (await import('./grant.ts')).grant,
  revoke: async () => (await import('./revoke.ts')).revoke,
  extend: async () => (await import('./extend.ts')).extend,
  'set-limit': async () => (await import('./set-limit.ts')).setLimit,
  init: async () => (await import('./init.ts')).init,
  pause: async () => (await import('./pause.ts')).pause,
  resume: async () => (await import('./resume.ts')).resume,
  trust: async () => (await import('./trust.ts')).trust,
  install: async () => (await import('./install.ts')).install,
  uninstall: async () => (await import('./uninstall.ts')).uninstall,
  fetch: async () => (await import('./fetch.ts')).fetch,
  sync: async () => (await import('./sync.ts')).sync,
  github: async () => (await import('./github.ts')).github,
};

const COLOURS = {
  error: 'red',
  removed: 'red',
  warning: 'yellow',
  good: 'green',
  added: 'green',
  strong: 'bold',
  faint: 'dim',
} as const;

const colours: Paint = (tone, text) => styleText(COLOURS[tone], text);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let answer: Answer;
  try {
    answer = await run(args);
  } catch (error) {
    answer = explainFailure(error);
  }
  const failures = [await write(process.stdout, answer.stdout), await write(process.stderr, answer.stderr)];
  const [failure] = failures.filter((failure) => failure !== undefined);
  if (!failure) return answer.exitCode;
  await write(process.stderr, `ds01-policy: the output could not be written: ${messageOf(failure)}\n`);
  // Whoever asked has not got the answer.
  return answer.exitCode === EXIT.done ? EXIT.bug : answer.exitCode;
}

async function run(args: readonly string[]): Promise<Answer> {
  const [name, ...rest] = args;
  if (name === '--version') return { exitCode: EXIT.done, stdout: `${packageJson.version}\n` };
  if (name === undefined || name === '--help' || name === 'help') return help(name !== undefined, rest[0]);
  const verb = await loadVerb(name);
  if (rest.includes('--help')) return { exitCode: EXIT.done, stdout: verbHelp(verb) };
  return verb.run(rest, { now: new Date(), paint: choosePaint() });
}

async function loadVerb(name: string): Promise<Command> {
  const load = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (load) return load();
  const option = name.startsWith('-');
  const guess = nearest(name, option ? ['--help', '--version'] : [...Object.keys(VERBS), 'help']);
  const hint = guess ? `; did you mean ${guess}?` : '';
  throw new UsageError(`${option ? 'option' : 'verb'} "${name}" does not exist${hint}`);
}

async function help(asked: boolean, verb: string | undefined): Promise<Answer> {
  if (verb !== undefined) return { exitCode: EXIT.done, stdout: verbHelp(await loadVerb(verb)) };
  const text = overview(await Promise.all(Object.values(VERBS).map((load) => load())));
  return asked ? { exitCode: EXIT.done, stdout: text } : { exitCode: EXIT.usage, stderr: text };
}

/** The one place where an error becomes a sentence and an exit code. A stack is shown for a bug only. */
function explainFailure(error: unknown): Answer {
  const stderr = `ds01-policy: ${printable(messageOf(error).trimEnd())}\n`;
  if (error instanceof UsageError) {
    return { exitCode: EXIT.usage, stderr: `${stderr}see ds01-policy ${error.verb ? `${error.verb} ` : ''}--help\n` };
  }
  if (error instanceof HostRefusal) return { exitCode: EXIT.refused, stderr: `${stderr}nothing was changed\n` };
  if (error instanceof LockHeld) return { exitCode: EXIT.locked, stderr: `${stderr}nothing was changed\n` };
  if (error instanceof HostFailure) {
    const broken = error.state === 'broken';
    const state = broken ? 'the host is NOT as it was before' : 'the host is as it was before';
    return { exitCode: broken ? EXIT.broken : EXIT.restored, stderr: `${stderr}${state}\n` };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  return { exitCode: EXIT.bug, stderr: `ds01-policy: this is a bug, please report it with what follows\n${stack}\n` };
}

// NO_COLOR (no-color.org) wins over FORCE_COLOR (force-color.org); empty ones say nothing.
function choosePaint(): Paint {
  const { NO_COLOR = '', FORCE_COLOR = '' } = process.env;
  if (NO_COLOR !== '' || FORCE_COLOR === '0') return plain;
  return process.stdout.isTTY || FORCE_COLOR !== '' ? colours : plain;
}

/** Writes, and waits until it is written. Gives the error, if there is one. */
function write(stream: NodeJS.WriteStream, text = ''): Promise<NodeJS.ErrnoException | undefined> {
  // The callback hears of it, too; without a listener the process would end here.
  stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.write(text, (error?: NodeJS.ErrnoException | null) => {
      // `ds01-policy plan | head` is no error: nobody wants the rest.
      resolve(!error || error.code === 'EPIPE' ? undefined : error);
    });
  });
}
