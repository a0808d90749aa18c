import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';

// Where systemd runs this machine, these would be about the machine that the tests run on; test/machine has machines.
const LIVE = existsSync('/run/systemd/system');

if (LIVE) console.warn('skipped: top where there is no systemd; systemd runs this machine');

describe.concurrent('top', () => {
  it('needs a number of seconds', async () => {
    const stderr =
      'ds01-policy: --every "0" is not a whole number of seconds from 1 to 60\nsee ds01-policy top --help\n';
    expect(await runCli(['top', '--every', '0'])).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  it.skipIf(LIVE)('needs a machine that systemd runs', async () => {
    const stderr =
      'ds01-policy: systemd does not run this machine: top looks at what runs, on the host itself\n' +
      'see ds01-policy top --help\n';
    expect(await runCli(['top'])).toEqual({ exitCode: 64, stdout: '', stderr });
  });
});
