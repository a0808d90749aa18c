import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PolicyCheckout } from '../commands/policy-checkout.ts';
import { Place, PROGRAM } from '../commands/world.ts';

// What makes a terminal for a program: script(1), of util-linux.
const HAS_SCRIPT = existsSync('/usr/bin/script');

if (!HAS_SCRIPT) console.warn('script(1) is not installed: questions on a terminal are not tested');

interface Talk {
  readonly exitCode: number | undefined;
  readonly said: string;
}

/** Runs the program on a terminal on which these lines are typed. */
async function talk(place: Place, line: string, answers: readonly string[]): Promise<Talk> {
  const typed = answers.map((answer) => `${answer}\\n`).join('');
  const command = `printf '${typed}' | script -qec '${PROGRAM} ${line}' /dev/null`;
  const { exitCode, stdout } =
    place instanceof PolicyCheckout ? await place.asTester(command) : await place.shell(command);
  return { exitCode, said: stdout.replaceAll('\r', '') };
}

describe.skipIf(!HAS_SCRIPT).concurrent('on a terminal', () => {
  it('what is missing is asked for, with what can be answered, again if it is wrong, and all is shown before it is done', async () => {
    const place = await PolicyCheckout.make();
    const answers = ['nobody@example.org', '100001', 'reseacher', '2', 'soon', '+6m', '', 'CPU-bound work', 'yes'];
    const { exitCode, said } = await talk(place, 'grant', answers);
    expect(said).toContain(`\
account:   "nobody@example.org" is not an account of this site: write name@hertie-school.lan
account:   1  admin       Administrators of the server: cpu_quota unlimited, memory_max unlimited, tasks_max unlimited
  2  researcher  PhD students, research assistants and staff: cpu_quota 12800%, memory_max 128G, tasks_max 65536, per_container.cpus 64, per_container.memory 128G
group:   group "reseacher" does not exist: the groups are admin, researcher, student; did you mean researcher?
group: until (a day, +6m for 2027-05-24, +1y for 2027-11-24, or never):   --until "soon" is not a day: write YYYY-MM-DD, or +10d, +2w, +6m, +1y, or never
until (a day, +6m for 2027-05-24, +1y for 2027-11-24, or never): reason, for those who will ask: reason, for those who will ask: 
+ ds01-researcher-100001.slice`);
    expect(said).toMatch(
      /\ncommit\? \[y\/N\] committed as [0-9a-f]+ on branch grant\/100001, which is checked out now\n/,
    );
    expect(said.match(/100001 in researcher/g)).toHaveLength(1);
    expect(exitCode).toBe(0);
    expect(await place.git('diff', '--name-status', 'main', 'HEAD')).toBe('A\tpolicy/members/100001.yaml');
  });

  it.each([
    ['no', ['no']],
    ['the end of what is typed', ['']],
  ])('%s to the last question changes nothing', async (_what, answers) => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const { exitCode, said } = await talk(place, 'extend 204214', ['2027-12-31', ...answers]);
    expect(said).toMatch(/\ncommit\? \[y\/N\] ds01-policy: [^\n]*\nnothing was changed\n$/);
    expect(exitCode).toBe(3);
    expect(await place.state()).toEqual(before);
  });

  it('nothing is asked if nothing is missing, and --yes leaves out the last question', async () => {
    const place = new Place();
    const whole = await talk(place, 'set-limit student per_container.gpus 2 --no-commit', []);
    expect(whole.said).not.toContain('[y/N]');
    expect(whole.exitCode).toBe(0);
    const { exitCode, said } = await talk(place, 'set-limit student per_container.gpus --no-commit --yes', ['1']);
    expect(said).toContain('value (now 2; none takes the line out): ');
    expect(said).not.toContain('[y/N]');
    expect(exitCode).toBe(0);
    expect(place.policyText('groups/student.yaml')).toContain('gpus: 1');
  });

  it('what has to be acknowledged is asked about, and a yes is in the commit', async () => {
    const place = await PolicyCheckout.make();
    const line = 'set-limit student per_group.tasks_max 131072 --no-push';
    const refused = await talk(place, line, ['no']);
    expect(refused.said).toMatch(/tasks_max rises from 65536 to 131072 \[raised-limit\]: is this meant\? \[y\/N\] /);
    expect(refused.exitCode).toBe(3);
    const { exitCode } = await talk(place, line, ['y']);
    expect(exitCode).toBe(0);
    expect(await place.git('log', '-1', '--format=%(trailers)')).toBe(
      'Acknowledge: raised-limit student per_group.tasks_max\n',
    );
  });

  it('the end of the input is no answer', async () => {
    const place = new Place();
    // A line with only Ctrl-D is the end: termios(3), VEOF.
    const { stdout, exitCode } = await place.shell(
      `printf '\\004' | script -qec '${PROGRAM} grant --no-commit' /dev/null`,
    );
    expect(stdout.replaceAll('\r', '')).toContain('ds01-policy: ACCOUNT is missing: the input has ended\n');
    expect(exitCode).toBe(64);
  });
});
