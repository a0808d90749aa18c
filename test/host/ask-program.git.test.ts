import { existsSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { askOutput, askProgram, patience } from '../../scripts/host/ask-program.ts';
import { REPOSITORY } from '../support/repository.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

function sh(script: string, seconds = 10) {
  return askProgram('sh', ['-c', script], patience(seconds));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What nobody has waited for yet is there, too.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The process ids that a script wrote into a file, once it has. */
async function idsIn(file: string): Promise<readonly number[]> {
  const ids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
  await expect.poll(() => ids.filter(isRunning)).toEqual([]);
  return ids;
}

describe('a program that answers', () => {
  it('is taken at its word, whatever it exits with', async () => {
    expect(await sh('echo yes; echo but >&2; exit 7')).toEqual({
      kind: 'told',
      value: { exitCode: 7, stdout: 'yes\n', stderr: 'but\n' },
    });
  });

  it('is given nothing to read, arguments as they are, and plain English', async () => {
    const args = ['-c', 'cat; printf "%s|" "$@" "$LC_ALL" "$SYSTEMD_COLORS"', 'sh', '$(x) y', ''];
    expect(await askOutput('sh', args, patience(10))).toEqual({ kind: 'told', value: '$(x) y||C|0|' });
  });

  it('may say much, and in any bytes', async () => {
    const asked = await askOutput('head', ['-c', String(16 * 1024 * 1024), '/dev/zero'], patience(10));
    expect(asked.kind === 'told' && asked.value.length).toBe(16 * 1024 * 1024);
    // Characters that come in two pieces are one.
    expect(await askOutput('sh', ['-c', "printf '\\303'; sleep 0.1; printf '\\251\\377'"], patience(10))).toEqual({
      kind: 'told',
      value: 'é\u{fffd}',
    });
  });
});

describe('a program that answers while this process can do nothing', () => {
  function keepBusy(milliseconds: number): void {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  }

  it('has answered in time, and is heard', async () => {
    const asked = sh('echo yes', 0.3);
    keepBusy(700);
    expect(await asked).toMatchObject({ kind: 'told', value: { stdout: 'yes\n' } });
  });

  it('has as much time for its next step as if this process had listened', async () => {
    const given = patience(0.5);
    const first = askProgram('sh', ['-c', 'echo one'], given);
    keepBusy(900);
    expect(await first).toMatchObject({ kind: 'told' });
    expect(await askProgram('sh', ['-c', 'echo two'], given)).toMatchObject({
      kind: 'told',
      value: { stdout: 'two\n' },
    });
  });

  it('or does not answer, and is not waited for longer than for others', async () => {
    const asked = sh('sleep 600', 0.5);
    keepBusy(700);
    const begun = performance.now();
    expect(await asked).toEqual({ kind: 'silent', why: 'sh did not answer within 0.5 s' });
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('a program that fails', () => {
  it.each([
    ['echo out; echo first >&2; echo second >&2; exit 3', 'sh exits 3: first'],
    ['echo; echo out; echo more; exit 9', 'sh exits 9: out'],
    ['exit 1', 'sh exits 1: it says nothing'],
    [`printf '%0999d' 0; exit 1`, `sh exits 1: ${'0'.repeat(300)}`],
    ['kill -KILL $$', 'sh ended by signal SIGKILL'],
  ])('%s is silent: %s', async (script, why) => {
    expect(await askOutput('sh', ['-c', script], patience(10))).toEqual({ kind: 'silent', why });
  });

  it('is called by what it was to do, where its first argument says that', async () => {
    expect(await askOutput('git', ['frobnicate', 'x'], patience(10))).toMatchObject({
      why: expect.stringMatching(/^git frobnicate exits 1: git: 'frobnicate' is not a git command/),
    });
  });

  it('because it is not there is absent', async () => {
    expect(await askOutput('no-such-program', ['x'], patience(10))).toEqual({
      kind: 'absent',
      why: 'no-such-program is not installed',
    });
  });

  it('because it may not be started is silent', async () => {
    expect(await askOutput('/etc', [], patience(10))).toEqual({
      kind: 'silent',
      why: '/etc cannot be started: EACCES',
    });
  });
});

describe('a program that hangs', () => {
  const late = { kind: 'silent', why: 'sh did not answer within 0.3 s' };

  it.each([
    ['sleeps', 'echo $$ > IDS; exec sleep 600'],
    ['does not listen', 'trap "" TERM INT HUP; echo $$ > IDS; while :; do sleep 600; done'],
    ['waits for another one, as a wrapper does', 'sleep 600 & echo $$ $! | tr " " "\\n" > IDS; wait'],
  ])('because it %s is killed with all that it started', async (_what, script) => {
    const file = `${temporaryFolder()}/ids`;
    const begun = performance.now();
    expect(await sh(script.replace('IDS', file), 0.3)).toEqual(late);
    const took = performance.now() - begun;
    expect(took).toBeGreaterThanOrEqual(290);
    expect(took).toBeLessThan(2000);
    expect(await idsIn(file)).not.toEqual([]);
  });

  it('because something that it left behind holds its output open is not waited for', async () => {
    expect(await sh('setsid sleep 3 & exit 0', 0.3)).toEqual(late);
  });

  it.each(['ESRCH', 'EPERM'])('and cannot be killed, for %s, is left alone', async (code) => {
    const killed: unknown[] = [];
    const kill = vi.spyOn(process, 'kill').mockImplementation((...args) => {
      killed.push(args);
      throw Object.assign(new Error(code), { code });
    });
    expect(await sh('exec sleep 2', 0.3).finally(() => kill.mockRestore())).toEqual(late);
    expect(killed).toEqual([[expect.any(Number), 'SIGKILL']]);
  });

  it('has no more time than all steps before it have left', async () => {
    const short = { seconds: 0.3, until: performance.now() + 20 };
    expect(await askProgram('sh', ['-c', 'sleep 600'], short)).toEqual(late);
    expect(performance.now() - short.until).toBeLessThan(250);
    expect(await askProgram('sh', ['-c', 'echo yes'], { seconds: 0.3, until: performance.now() - 1 })).toEqual(late);
  });

  it('while it says more than anybody can mean is not heard to its end', async () => {
    const file = `${temporaryFolder()}/ids`;
    const much = { kind: 'silent', why: 'sh prints more than 16 MiB' };
    expect(await sh(`echo $$ > ${file}; trap "" PIPE; head -c 50000000 /dev/zero; sleep 600`)).toEqual(much);
    expect(await idsIn(file)).toHaveLength(1);
    expect(await sh('head -c 16777217 /dev/zero >&2')).toEqual(much);
  });
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends whoever asked, and with it all who were asked',
  async (signal) => {
    const folder = temporaryFolder();
    const entry = `import { askProgram, patience } from '${REPOSITORY}/scripts/host/ask-program.ts';
const script = 'echo $$ >> ${folder}/ids; sleep 600';
await askProgram('true', [], patience(20));
if (process.listenerCount('${signal}') > 0) throw new Error('still listening');
await Promise.all([0, 1].map(() => askProgram('sh', ['-c', script], patience(20))));
`;
    const asking = execa('node', [await bundled(entry, folder)], { reject: false });
    await expect
      .poll(() => existsSync(`${folder}/ids`) && readFileSync(`${folder}/ids`, 'utf8').trim().split('\n').length)
      .toBe(2);
    const begun = performance.now();
    asking.kill(signal);
    expect((await asking).signal).toBe(signal);
    expect(await idsIn(`${folder}/ids`)).toHaveLength(2);
    expect(performance.now() - begun).toBeLessThan(5000);
  },
);

/** A program as one file, which nothing has loaded yet. */
async function bundled(entry: string, folder: string): Promise<string> {
  writeFiles(folder, { 'ask.ts': entry });
  const outfile = `${folder}/ask.mjs`;
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  const shape = { bundle: true, platform: 'node', format: 'esm', banner } as const;
  await build({ entryPoints: [`${folder}/ask.ts`], outfile, ...shape });
  return outfile;
}

it('whoever asked can end, whatever became of those who were asked, and of the folder it was in', async () => {
  const folder = temporaryFolder();
  const scripts = [
    'sleep 30',
    'trap "" TERM; while :; do sleep 30; done',
    'setsid sleep 9 & exit 0',
    'setsid sleep 9; :',
  ];
  const entry = `import { mkdirSync, rmdirSync } from 'node:fs';
import { askOutput, askProgram, patience } from '${REPOSITORY}/scripts/host/ask-program.ts';
mkdirSync('${folder}/gone');
process.chdir('${folder}/gone');
rmdirSync('${folder}/gone');
const quick = askOutput('sh', ['-c', 'echo told'], patience(20));
const asked = ${JSON.stringify(scripts)}.map((script) => askProgram('sh', ['-c', script], patience(0.3)));
const answers = await Promise.all([quick, ...asked]);
process.kill = () => { throw Object.assign(new Error('EPERM'), { code: 'EPERM' }); };
answers.push(await askProgram('sleep', ['9'], patience(0.1)));
console.log(answers.map(({ kind }) => kind).join());
`;
  const outfile = await bundled(entry, folder);
  const begun = performance.now();
  const { stdout } = await execa('node', [outfile]);
  expect(stdout).toBe('told,silent,silent,silent,silent,silent');
  expect(performance.now() - begun).toBeLessThan(8000);
});
