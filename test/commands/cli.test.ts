import { existsSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runCli } from '../support/run-cli.ts';
import { memberFiles, Place, PROGRAM } from './world.ts';

const ESCAPE = '\u001b';

const OVERVIEW = `usage: ds01-policy <verb> [options]

Who may use how much of a shared GPU server: policy in git, limits in systemd slices.

  validate   check policy and print every finding
  plan       show what would change on a host, and why
  apply      make the limits of a host as policy says, and prove that they are in force
  status     show the slices of a host, who is in them, and whether policy is in force
  explain    show what an account has, which line says so, and what is in force
  doctor     find out why work is slow or fails: which limit it is, and which line says so
  top        show who uses what now, as a tree of slices: what hurts most is on top
  history    show what happened on this host, or who had what, since when, through which commit
  rollback   take commits of policy back on a branch of its own, with the record of what and why
  grant      put somebody into a group until a day: one file, one commit, one pull request
  revoke     end a grant, or take out all that have ended: as a pull request
  extend     give a grant that holds another last day: as a pull request
  set-limit  change one limit of a group, a member or the site: one line, one pull request
  init       make a policy repository of your own: policy, workflows, code owners, this tool as a dependency
  pause      stop applying on this host for a stated time and reason
  resume     end a pause, and try again what was refused or given up
  trust      name the commit that this host goes on from, after its branch was rewritten or its state was lost
  install    have a host follow a policy repository: the program, its user, its units
  uninstall  take the program off a host; the limits stay, or become what they were before
  fetch      bring the newest commits of the remote to this host, as the timer does
  sync       apply the newest trusted commit that fetch has brought, as the timer does
  github     a step of a workflow on GitHub: check a pull request, comment on it, make one

  ds01-policy <verb> --help   options and examples of a verb
  ds01-policy --version       version of the program

exit codes
  0   done
  1   policy has errors
  2   differences found (plan --check, status), or reasons for slow work (doctor)
  3   refused: a guard, another digest, files of others in the way
  4   the host failed and is as it was before
  5   the host failed and could not be restored
  64  the command line is wrong
  70  a bug in the program
  75  another run holds the lock
`;

const PLAN_HELP = `usage: ds01-policy plan [options]

Compares a host with policy: its units, what systemd holds, and what the kernel enforces; every limit, who is affected,
and which line says so. With --base it needs no host: it says what a change of policy does to whom. Writes nothing.

options
  --policy DIR                 the policy folder; without it, what this host has applied from git, or policy
  --root DIR                   a directory in the place of this machine; units are in DIR/etc/systemd/system, state in DIR/var/lib/ds01-policy
  --base REF                   the branch that a change is for; zeros: there was nothing before
  --head COMMIT                with --base: read this commit instead of the files
  --whole                      with --base: all of it, also if it is longer than a comment may be
  --on DATE                    ask about another day, YYYY-MM-DD, instead of today
  --check                      exit 2 if anything differs
  --format text|markdown|json  for people, for pull requests, or for programs; default: text
  --help                       this text

examples
  ds01-policy plan
  ds01-policy plan --check
  ds01-policy plan --root /srv/image
  ds01-policy plan --base main --format markdown
`;

describe.concurrent('help', () => {
  it('is printed when asked for, in both ways', async () => {
    const expected = { exitCode: 0, stdout: OVERVIEW, stderr: '' };
    expect(await runCli(['--help'])).toEqual(expected);
    expect(await runCli(['help'])).toEqual(expected);
  });

  it('is an error without arguments: nothing was done', async () => {
    expect(await runCli([])).toEqual({ exitCode: 64, stdout: '', stderr: OVERVIEW });
  });

  it('of a verb is printed in all three ways', async () => {
    const expected = { exitCode: 0, stdout: PLAN_HELP, stderr: '' };
    expect(await runCli(['plan', '--help'])).toEqual(expected);
    expect(await runCli(['help', 'plan'])).toEqual(expected);
    expect(await runCli(['plan', '--root', 'nowhere', '--help'])).toEqual(expected);
  });

  it.each([
    ['history', '[ACCOUNT]'],
    ['trust', 'COMMIT'],
    ['rollback', '[COMMIT…]'],
  ])('of %s says which arguments it takes', async (verb, argument) => {
    const { stdout } = await runCli(['help', verb]);
    expect(stdout.split('\n')[0]).toBe(`usage: ds01-policy ${verb} ${argument} [options]`);
  });

  it('of a verb that does not exist names the nearest', async () => {
    const stderr = 'ds01-policy: verb "explian" does not exist; did you mean explain?\nsee ds01-policy --help\n';
    expect(await runCli(['help', 'explian'])).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  it('shows the version', async () => {
    expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });
});

/** Verbs whose examples need more of a place than this: examples.git.test.ts, and the tests of those verbs, try them. */
const ELSEWHERE = [
  ...['fetch', 'sync', 'history', 'pause', 'resume', 'trust', 'install', 'uninstall', 'rollback'],
  ...['grant', 'revoke', 'extend', 'set-limit', 'init', 'github'],
  ...['doctor', 'top'],
];

const verbs = [...OVERVIEW.matchAll(/^ {2}([a-z-]+) {2,}/gm)].flatMap(([, verb]) => verb ?? []);

describe.concurrent.each(verbs)('help of %s', (verb) => {
  it('has options, and examples that work', async () => {
    const { stdout, exitCode } = await runCli([verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^usage: ds01-policy ${verb} `));
    expect(stdout).toMatch(
      /\n\noptions\n( {2}--[a-z-]+( \S+|\[=[A-Z]+\])? {2,}\S.*\n)+ {2}--help {2,}this text\n\nexamples\n/,
    );
    const [, list = ''] = stdout.split('\nexamples\n');
    const examples = list.trimEnd().split('\n');
    expect(examples.length).toBeGreaterThanOrEqual(2);
    if (ELSEWHERE.includes(verb)) return;
    // A verb that compares is shown a host that is as policy says; `apply` gets one where it has something to do.
    const applied = new Place();
    if (list.includes('/srv/image')) expect((await applied.run('apply --root root')).exitCode).toBe(0);
    const here = examples.filter((example) => !/ --at | --verified-within | --base | --live/.test(example));
    await Promise.all(here.map((example) => runExample(verb === 'apply' ? new Place() : applied, verb, example)));
  });
});

async function runExample(place: Place, verb: string, example: string): Promise<void> {
  const line = example
    .replace(/^ {2}ds01-policy /, '')
    .replace('/srv/image', 'root')
    .replace('../lab-policy/policy', 'policy')
    // Examples for the machine itself are tried on a directory here; test/machine has machines.
    .replace(/^(plan|apply|status)(?!.*--root)/, '$1 --root root')
    .replace('5feceb66…', example.includes('5feceb66…') ? await digestOf(place) : '');
  expect(line, example).toMatch(new RegExp(`^${verb}( |$)`));
  expect(line, 'a placeholder that this test does not know').not.toMatch(/[/…]/);
  const { exitCode, stderr } = await place.run(line);
  expect({ exitCode, stderr }, example).toEqual({ exitCode: 0, stderr: '' });
}

async function digestOf(place: Place): Promise<string> {
  return JSON.parse((await place.run('plan --root root --format json')).stdout).digest;
}

describe.concurrent('the command line is wrong', () => {
  it.each([
    ['plna', 'verb "plna" does not exist; did you mean plan?', ''],
    ['frobnicate', 'verb "frobnicate" does not exist', ''],
    ['--hlep', 'option "--hlep" does not exist; did you mean --help?', ''],
    ['--verison', 'option "--verison" does not exist; did you mean --version?', ''],
    ['constructor', 'verb "constructor" does not exist', ''],
    ['plan --rot x', 'option --rot does not exist; did you mean --root?', 'plan'],
    ['plan --chekc', 'option --chekc does not exist; did you mean --check?', 'plan'],
    ['plan -r x', 'option -r does not exist', 'plan'],
    ['validate --root x', 'option --root does not exist', 'validate'],
    ['plan --root a --root b', 'option --root is given twice', 'plan'],
    ['plan --root', 'option --root needs a value', 'plan'],
    ['plan --root=', 'option --root needs a value', 'plan'],
    [
      'plan --root --check',
      'option --root needs a value, and --check is an option: write --root=… if it is meant',
      'plan',
    ],
    ['plan --check=yes', 'option --check takes no value', 'plan'],
    ['plan --root x --format yaml', '--format "yaml" does not exist: it is one of text, markdown, json', 'plan'],
    [
      'validate --format jsn',
      '--format "jsn" does not exist: it is one of text, json, github, markdown; did you mean json?',
      'validate',
    ],
    ['validate --on 2027-02-29', '--on "2027-02-29" is not a day of the calendar, written YYYY-MM-DD', 'validate'],
    ['explain', 'ACCOUNT is missing', 'explain'],
    ['explain a b', 'argument "b" is one too many', 'explain'],
    ['history a b', 'argument "b" is one too many', 'history'],
    ['trust --reason x', 'COMMIT is missing', 'trust'],
    ['trust a b', 'argument "b" is one too many', 'trust'],
    ['rollback a b c --to d', '--to takes back all commits since d: name single ones or --to, not both', 'rollback'],
  ])('%s', async (line, message, verb) => {
    const stderr = `ds01-policy: ${message}\nsee ds01-policy ${verb === '' ? '' : `${verb} `}--help\n`;
    expect(await runCli(line.split(' '))).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  // Where systemd runs this machine, these would be about the machine that the tests run on.
  const live = existsSync('/run/systemd/system');
  if (live) console.warn('skipped: verbs without --root where there is no systemd; systemd runs this machine');
  it.skipIf(live).each(['plan', 'apply', 'status'])('%s without --root where systemd does not run', async (verb) => {
    const stderr = `ds01-policy: --root DIR is missing: systemd does not run this machine\nsee ds01-policy ${verb} --help\n`;
    expect(await runCli([verb])).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  it('and what it says moves no cursor', async () => {
    const { exitCode, stdout, stderr } = await runCli([`${ESCAPE}[31mplan\n::error::x`]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr).toBe('ds01-policy: verb "\\u{1b}[31mplan\\u{a}::error::x" does not exist\nsee ds01-policy --help\n');
  });
});

describe.concurrent('colours', () => {
  const line = 'plan --root root --on 2026-03-01';
  const run = (env: Readonly<Record<string, string>>) =>
    new Place().run(line, { FORCE_COLOR: '', NO_COLOR: '', ...env });
  let plain = '';
  beforeAll(async () => {
    plain = (await run({ NO_COLOR: '1' })).stdout;
  }, 60_000);

  it('are not in a pipe', async () => {
    expect(plain).toContain('+ ds01-student.slice');
    expect(plain).not.toContain(ESCAPE);
    expect((await run({})).stdout).toBe(plain);
  });

  it('are there when they are asked for, and change nothing else', async () => {
    const { stdout } = await run({ FORCE_COLOR: '1' });
    expect(stdout).toContain(`${ESCAPE}[32m+ ds01-student.slice${ESCAPE}[39m`);
    expect(stripVTControlCharacters(stdout)).toBe(plain);
  });

  it('are not there with FORCE_COLOR=0, and NO_COLOR wins', async () => {
    expect((await run({ FORCE_COLOR: '0' })).stdout).toBe(plain);
    expect((await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).toBe(plain);
  });

  const script = ['/usr/bin/script', '/bin/script'].find((path) => existsSync(path));
  if (!script) console.warn('skipped: colours on a terminal; script(1) is not installed');
  it.skipIf(!script)('are there on a terminal, and not with NO_COLOR or FORCE_COLOR=0', async () => {
    const onTerminal = async (env: Readonly<Record<string, string>>) => {
      const command = `${script} --quiet --return --command "${PROGRAM} ${line}" /dev/null`;
      // Node takes a CI for a terminal without colours.
      const unset = { FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined, TERM: 'xterm-256color' };
      const { stdout, exitCode } = await new Place().shell(command, { ...unset, ...env });
      expect(exitCode).toBe(0);
      return stdout.replaceAll('\r\n', '\n');
    };
    const coloured = await onTerminal({});
    expect(coloured).toContain(`${ESCAPE}[32m+ ds01-student.slice${ESCAPE}[39m`);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
    expect(await onTerminal({ NO_COLOR: '1' })).toBe(plain);
    expect(await onTerminal({ FORCE_COLOR: '0' })).toBe(plain);
  });
});

describe.concurrent('output that nobody takes', () => {
  it('ends quietly, also when there is much of it, and keeps the exit code', async () => {
    // More than a pipe holds: pipe(7), 64 KiB.
    const place = new Place(memberFiles(450, 'researcher'));
    const whole = await place.run('plan --root root --check');
    expect(whole.exitCode).toBe(2);
    expect(whole.stdout.length).toBeGreaterThan(65_536);
    const { stdout } = await place.shell(
      `{ ${PROGRAM} plan --root root --check 2>stderr; echo $? >code; } | head -1; cat stderr code`,
    );
    expect(stdout).toBe('+ ds01.slice  all groups together, policy/site.yaml:4\n2\n');
  });

  it('is the same with standard error', async () => {
    const place = new Place();
    const { stdout } = await place.shell(`{ ${PROGRAM} nonsense 2>&1 >/dev/null; echo $? >code; } | true; cat code`);
    expect(stdout).toBe('64\n');
  });

  const full = existsSync('/dev/full');
  if (!full) console.warn('skipped: output to a full disk; this system has no /dev/full');
  it.skipIf(!full)('because the disk is full is never a success', async () => {
    const place = new Place();
    const stderr = 'ds01-policy: the output could not be written: ENOSPC: no space left on device, write\n';
    const run = (line: string) => place.shell(`${PROGRAM} ${line} > /dev/full`);
    expect(await run('plan --root root')).toEqual({ exitCode: 70, stdout: '', stderr });
    expect(await run('plan --root root --check')).toEqual({ exitCode: 2, stdout: '', stderr });
    const quiet = await place.shell(`${PROGRAM} nonsense 2> /dev/full`);
    expect(quiet).toEqual({ exitCode: 64, stdout: '', stderr: '' });
  });
});

describe('a bug', () => {
  it('is called one, and shows where it is', async () => {
    // No known input leads to one, so something that the program relies on is broken from outside.
    const broken = 'JSON.stringify=()=>{throw new TypeError("injected by the test")}';
    const place = new Place();
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(broken)}`;
    const { exitCode, stdout, stderr } = await place.run('plan --root root', { NODE_OPTIONS });
    expect({ exitCode, stdout }).toEqual({ exitCode: 70, stdout: '' });
    expect(stderr).toMatch(
      /^ds01-policy: this is a bug, please report it with what follows\nTypeError: injected by the test\n {4}at /,
    );
  });
});
