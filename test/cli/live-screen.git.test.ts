import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../support/repository.ts';

// What makes a terminal for a program: script(1), of util-linux.
const HAS_SCRIPT = existsSync('/usr/bin/script');
const HAS_BASH = existsSync('/bin/bash');

if (!HAS_SCRIPT) console.warn('skipped: what is shown on a terminal; script(1) is not installed');

const ESCAPE = '\u001b';
const ENTER = `${ESCAPE}[?1049h`;
const LEAVE = `${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`;
const TO_LINE_END = `${ESCAPE}[K`;
const [BEGIN, END] = [`${ESCAPE}[?2026h${ESCAPE}[H`, `${ESCAPE}[?2026l`];
const DRIVER = `node ${REPOSITORY}/scripts/run.mjs test/terminal/watch-twenty.ts`;

/** Milliseconds: a busy machine takes its time. */
const PATIENCE = 20_000;

const base = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
// Of a test that has failed, something may be left.
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

/** A terminal of a size on which a line of shell runs, and on which somebody types. */
class Typist {
  readonly folder = mkdtempSync(join(base, 'terminal-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(line: string, { rows = 12, columns = 60 } = {}) {
    // Whoever looks at the size of the terminal finds it there: this one has none of its own.
    const begin = `tty >tty; stty rows ${rows} cols ${columns}; stty -g >before`;
    const command = `${begin}; ${line}; echo "ended $?"; stty -g >after`;
    this.#child = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
      cwd: this.folder,
      env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#ended = once(this.#child, 'close');
    started.push(this.#child);
  }

  /** All that the terminal was sent. */
  get said(): string {
    return this.#said;
  }

  /** The lines of the last whole frame. */
  get frame(): readonly string[] {
    const [picture = ''] = (this.#said.split(BEGIN).at(-1) ?? '').split(END);
    const ends = new RegExp(`\\r|${ESCAPE}\\[[JK]`, 'g');
    return picture.split('\n').map((line) => line.replaceAll(ends, ''));
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until something is the case. */
  async until(what: (typist: this) => boolean): Promise<void> {
    for (const end = Date.now() + PATIENCE; !what(this); await wait(10)) {
      if (Date.now() > end)
        throw new Error(`it has not come to that; the terminal was sent ${JSON.stringify(this.#said)}`);
    }
  }

  /** Waits until a line of the frame begins in a way. */
  async untilShown(begin: string): Promise<void> {
    await this.until(({ frame }) => frame.some((line) => line.startsWith(begin)));
  }

  /** Waits for the end; gives what was said after the terminal was given back. */
  async end(): Promise<string> {
    await this.until(({ said }) => /ended [0-9]+/.test(said));
    this.#child.stdin?.end();
    await this.#ended;
    return this.#said.slice(this.#said.lastIndexOf(LEAVE) + LEAVE.length).replaceAll('\r', '');
  }

  /** Takes the terminal away. */
  hangUp(): void {
    this.#child.kill('SIGKILL');
  }

  file(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8').trim();
  }

  /** The process that shows something: the shell writes its number. */
  get pid(): number {
    return Number(this.file('pid'));
  }

  /** Whether the terminal works as it did before, and the picture is gone. */
  get isRestored(): boolean {
    const enters = this.#said.split(ENTER).length;
    return this.file('before') === this.file('after') && enters > 1 && this.#said.split(LEAVE).length === enters;
  }
}

/** A line of shell that writes the number of the process that the program is. */
function numbered(line: string): string {
  return `sh -c 'echo $$ >pid; exec ${line}'`;
}

describe.skipIf(!HAS_SCRIPT).concurrent('on a terminal', () => {
  it('a table is drawn in place, each time in one piece, until q', async () => {
    const typist = new Typist(`${DRIVER} 1`);
    await typist.untilShown('ds01 on node1, 00:00:00 UTC, watched for 2.0 s');
    typist.type('q');
    expect(await typist.end()).toBe('ended 0\n');
    expect(typist.isRestored).toBe(true);
    const [, first = '', ...frames] = typist.said.split(BEGIN);
    expect(first.replaceAll('\r', '')).toBe(`looking …${TO_LINE_END}\n${ESCAPE}[J${END}`);
    expect(typist.said.slice(0, typist.said.indexOf(BEGIN))).toBe(`${ENTER}${ESCAPE}[?25l${ESCAPE}[?7l`);
    for (const frame of frames) {
      const [picture = '', rest = ''] = frame.split(END);
      const lines = picture.replaceAll('\r', '').split('\n');
      // Nothing is cleared before something else is in its place, and nothing scrolls.
      expect(lines).toHaveLength(12);
      expect(lines.map((line) => line.split(ESCAPE).slice(1))).toEqual([...Array(11).fill(['[K']), []]);
      // What is cleared behind the last column would be the last character.
      expect(lines.map((line) => line.split(ESCAPE)[0]?.length).indexOf(60)).toBe(11);
      expect(rest === '' || rest.startsWith(LEAVE)).toBe(true);
    }
  });

  it('keys scroll, in whichever way the terminal sends them', async () => {
    const typist = new Typist(DRIVER);
    await typist.untilShown('account-8 ');
    expect(typist.frame[3]).toMatch(/^account-1 /);
    typist.type(`${ESCAPE}[B${ESCAPE}OB`);
    await typist.until(({ frame }) => frame[3]?.startsWith('account-3 ') === true);
    typist.type(`${ESCAPE}[6~`);
    await typist.until(({ frame }) => frame[3]?.startsWith('account-10 ') === true);
    typist.type(`${ESCAPE}[5~${ESCAPE}[A`);
    await typist.until(({ frame }) => frame[3]?.startsWith('account-2 ') === true);
    typist.type(`${ESCAPE}[F`);
    await typist.untilShown('account-20 ');
    typist.type(`${ESCAPE}[H`);
    await typist.until(({ frame }) => frame[3]?.startsWith('account-1 ') === true);
    typist.type('Q');
    expect(await typist.end()).toBe('ended 0\n');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s ends it, too, also before there is anything', async (_what, keys) => {
    const typist = new Typist(DRIVER);
    await typist.untilShown('looking');
    typist.type(keys);
    expect(await typist.end()).toBe('ended 0\n');
    expect(typist.isRestored).toBe(true);
  });

  it('another size is drawn at once', async () => {
    const typist = new Typist(DRIVER);
    await typist.untilShown('account-1 ');
    expect(typist.frame).toHaveLength(12);
    const { stdout, exitCode } = await shell(`stty -F ${typist.file('tty')} rows 8 cols 30`);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    await typist.until(({ frame }) => frame.length === 8 && frame[0] === 'ds01 on node1, 00:00:00 UTC, …');
    expect(Math.max(...typist.frame.map(({ length }) => length))).toBeLessThanOrEqual(30);
    typist.type('q');
    expect(await typist.end()).toBe('ended 0\n');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends it by that signal, once the terminal is as it was', async (signal, code) => {
    const typist = new Typist(numbered(DRIVER));
    await typist.untilShown('account-1 ');
    process.kill(typist.pid, signal);
    expect(await typist.end()).toMatch(new RegExp(`(^|\n)ended ${code}\n$`));
    expect(typist.isRestored).toBe(true);
  });

  it('an error is said on a terminal that is as it was', async () => {
    const typist = new Typist(`${DRIVER} 1 1`);
    const said = await typist.end();
    expect(said).toContain('Error: the machine is gone\n');
    expect(said).toMatch(/\nended 1\n$/);
    expect(typist.isRestored).toBe(true);
  });

  it('a terminal that is gone is the end', async () => {
    const typist = new Typist(numbered(DRIVER));
    await typist.untilShown('account-1 ');
    const { pid } = typist;
    typist.hangUp();
    await typist.until(() => !isRunning(pid));
  });

  it.skipIf(!HAS_BASH)('Ctrl-Z gives it back until fg, and then all is there again', async () => {
    const typist = new Typist('bash --norc --noprofile -i');
    typist.type(`${DRIVER}; echo "it exits $?"\n`);
    await typist.untilShown('account-1 ');
    typist.type('\u001a');
    await typist.until(({ said }) => /Stopped/.test(said.slice(said.lastIndexOf(LEAVE))));
    typist.type('fg\n');
    await typist.until(({ said }) => said.lastIndexOf(BEGIN) > said.indexOf('Stopped'));
    await typist.untilShown('account-1 ');
    typist.type('q');
    await typist.until(({ said }) => said.lastIndexOf(LEAVE) > said.lastIndexOf(END));
    typist.type('exit\n');
    await typist.end();
    expect(typist.isRestored).toBe(true);
  });
});

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function shell(line: string) {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout };
}
