import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Place } from './world.ts';

// What it says of work is tested on cases (test/diagnosis, test/report), and on real machines (test/machine).
const HELP = `usage: ds01-policy doctor [ACCOUNT|CONTAINER] [options]

Looks twice at what the kernel counts, and says what held work up in between: the most likely reason first, each with
what it was read from, the limit and the line of policy behind it, and what to do. About the machine, or the work of one
account, in any spelling, or one container, by its name or the first four or more digits of its id. A word that may be
both is the account if policy lists it; name@domain is always an account. Writes nothing, needs no root: it says where
root would see more. Exits 2 if it found a reason.

options
  --policy DIR        the policy folder; without it, what this host has applied from git, or policy
  --watch SECONDS     how long to look, 1 to 600; default: 5
  --format text|json  for people or for programs; default: text
  --help              this text

examples
  ds01-policy doctor
  ds01-policy doctor 204214
  ds01-policy doctor 204214 --watch 60
  ds01-policy doctor c0ffee12c0ff --format json
`;

describe.concurrent('doctor', () => {
  it('says what it looks at', async () => {
    expect(await new Place().run('doctor --help')).toEqual({ exitCode: 0, stdout: HELP, stderr: '' });
  });

  it('says what is wrong with the command line before it looks', async () => {
    const stderr =
      'ds01-policy: --watch "5s" is not a whole number of seconds from 1 to 600\nsee ds01-policy doctor --help\n';
    expect(await new Place().run('doctor --watch 5s')).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  // Where systemd runs this machine, it would be about the machine that the tests run on.
  const live = existsSync('/run/systemd/system');
  if (live) console.warn('skipped: doctor where there is no systemd; systemd runs this machine');
  it.skipIf(live)('needs a machine that systemd runs', async () => {
    expect(await new Place().run('doctor 204214')).toEqual({
      exitCode: 64,
      stdout: '',
      stderr:
        'ds01-policy: systemd does not run this machine: doctor looks at what runs, on the host itself\n' +
        'see ds01-policy doctor --help\n',
    });
  });
});
