import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { checkUnits, showUnits, systemd } from '../../scripts/host/systemd.ts';
import { HAS_SYSTEMD } from '../support/systemd.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';
import { hostWith } from '../support/unit-host.ts';

// Nobody waits for half a minute here: what is tested is that somebody would be told.
const hurry = vi.hoisted(() => ({ milliseconds: Number.POSITIVE_INFINITY }));
vi.mock('execa', async (importOriginal) => {
  const real = await importOriginal<typeof import('execa')>();
  const execa = (file: string, args: readonly string[], options: { readonly timeout: number }) => {
    return real.execa(file, args, { ...options, timeout: Math.min(options.timeout, hurry.milliseconds) });
  };
  return { ...real, execa };
});

const STATE = 'var/lib/ds01-policy';
const DROP_IN = 'ds01-x-.slice.d/50-ds01-policy.conf';

/** Puts a program of this name in the place of the real one, that of a host which cannot be had here. */
function stand(name: string, script: string): string {
  const folder = temporaryFolder();
  writeFiles(folder, { [name]: `#!/bin/sh\n${script.replaceAll('LOG', join(folder, 'log'))}\n` });
  chmodSync(join(folder, name), 0o755);
  surround({ PATH: `${folder}:${process.env.PATH}` });
  return join(folder, 'log');
}

/** Other surroundings, for this test. */
function surround(settings: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  Object.assign(process.env, settings);
  onTestFinished(() => {
    process.env = before;
  });
}

describe('asking systemd', () => {
  it('is one call for any usual number of units, and a few for very many', async () => {
    const log = stand('systemctl', 'echo "$#" >> LOG; echo "Id=$7"');
    const units = (count: number) => Array.from({ length: count }, (_, index) => `ds01-${index}.slice`);
    await showUnits(units(1500), ['Id', 'TasksMax']);
    expect(readFileSync(log, 'utf8')).toBe('1504\n');
    const text = await showUnits(units(4001), ['Id']);
    expect(readFileSync(log, 'utf8')).toBe('1504\n2004\n2004\n5\n');
    expect(text.split('\n\n')).toHaveLength(3);
  });

  it('passes names and properties as arguments, and speaks plain English whatever the surroundings are', async () => {
    surround({ SYSTEMD_COLORS: '1' });
    stand('systemctl', 'printf "%s\\n" "$@" "$LC_ALL" "$SYSTEMD_COLORS" "$SYSTEMD_PAGER"');
    expect((await showUnits(['ds01-$(x).slice'], ['Id', 'TasksMax'])).split('\n')).toEqual([
      ...['show', '--no-pager', '--property=Id,TasksMax', '--', 'ds01-$(x).slice', 'C', '0', ''],
    ]);
  });

  it('that fails is a failure of the host, with what was said', async () => {
    stand('systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    const failure = showUnits(['ds01.slice'], ['Id']);
    await expect(failure).rejects.toThrow(HostFailure);
    await expect(failure).rejects.toMatchObject({
      state: 'untouched',
      message: 'ask systemd: systemctl show exits 1: Failed to connect to bus',
    });
  });

  it('that dies is one as well', async () => {
    stand('systemctl', 'kill -9 $$');
    await expect(showUnits(['ds01.slice'], ['Id'])).rejects.toThrow(
      'ask systemd: systemctl show ended by signal SIGKILL',
    );
  });

  it('without systemd is one as well', async () => {
    surround({ PATH: temporaryFolder() });
    await expect(showUnits(['ds01.slice'], ['Id'])).rejects.toThrow('ask systemd: systemctl is not installed');
    await expect(systemd.reload()).rejects.toThrow('systemctl is not installed');
  });
});

describe('systemd that does not answer', () => {
  it.each([
    ['asked', () => showUnits(['ds01.slice'], ['Id']), 'ask systemd: systemctl show did not end within 30 s'],
    ['told to reload', () => systemd.reload(), 'systemctl daemon-reload did not end within 180 s'],
    ['given files to check', check, 'systemd-analyze verify did not end within 60 s'],
  ])('when it is %s is not waited for without end', async (_what, call, message) => {
    hurry.milliseconds = 200;
    onTestFinished(() => {
      hurry.milliseconds = Number.POSITIVE_INFINITY;
    });
    for (const name of ['systemctl', 'systemd-analyze']) stand(name, 'exec sleep 600');
    await expect(call()).rejects.toThrow(message);
  });

  async function check(): Promise<void> {
    const root = hostWith({});
    await checkUnits(root, [{ path: 'ds01.slice', text: '[Slice]\n' }]).finally(() => {
      expect(readdirSync(join(root, STATE))).toEqual(['lock']);
    });
  }
});

describe('what systemd holds and the kernel does not enforce', () => {
  it('is brought into force slice by slice with what every slice of ours says already, and a reload', async () => {
    const log = stand('systemctl', 'echo "$@" >> LOG');
    // No machine has this site: whatever systemctl would leave below /run is not there to be taken away.
    await systemd.enforce(['no-such-site.slice', 'no-such-site-a.slice']);
    expect(readFileSync(log, 'utf8')).toBe(
      `set-property --runtime -- no-such-site.slice TasksAccounting=yes
set-property --runtime -- no-such-site-a.slice TasksAccounting=yes
daemon-reload
`,
    );
  });

  it('is not said to be if systemd refuses', async () => {
    const log = stand('systemctl', 'echo "$1" >> LOG; echo "Unit is masked" >&2; exit 1');
    await expect(systemd.enforce(['no-such-site.slice', 'no-such-site-a.slice'])).rejects.toThrow(
      'systemctl set-property exits 1: Unit is masked',
    );
    expect(readFileSync(log, 'utf8')).toBe('set-property\n');
  });
});

describe('a reload', () => {
  it('is one call of systemctl, and an error with what it says if it does not work', async () => {
    const log = stand('systemctl', 'echo "$@" >> LOG');
    await systemd.reload();
    expect(readFileSync(log, 'utf8')).toBe('daemon-reload\n');
    stand('systemctl', 'exit 3');
    await expect(systemd.reload()).rejects.toThrow('systemctl daemon-reload exits 3: it says nothing');
  });
});

if (!HAS_SYSTEMD) console.warn('systemd-analyze is not installed: what it says about new files is not tested');
describe.skipIf(!HAS_SYSTEMD)('the check of new files by systemd itself', () => {
  function host(): string {
    const root = temporaryFolder();
    mkdirSync(join(root, STATE), { recursive: true });
    return root;
  }
  const unit = { path: 'ds01-x-_.slice', text: '[Slice]\n' };

  it('passes what systemd understands', async () => {
    const root = host();
    await checkUnits(root, [{ path: DROP_IN, text: '[Slice]\nMemoryMax=32G\n[X-ds01-policy]\nGroup=x\n' }, unit]);
    await checkUnits(root, []);
    expect(readdirSync(join(root, STATE))).toEqual([]);
  });

  it('names file, line and value of every line that systemd would ignore', async () => {
    const root = host();
    const text = '[Slice]\nMemoryMax=32g\nTasksMax=5\nCPUQuota=1600\n';
    await expect(checkUnits(root, [{ path: DROP_IN, text }, unit])).rejects.toThrow(
      new RegExp(
        `^${DROP_IN}:2: Invalid memory limit '32g', ignoring.*; ${DROP_IN}:4: Invalid CPU quota '1600', ignoring`,
      ),
    );
    expect(readdirSync(join(root, STATE))).toEqual([]);
  });

  it('sees them whatever the surroundings say about logs', async () => {
    surround({ SYSTEMD_LOG_LEVEL: 'emerg', SYSTEMD_LOG_TARGET: 'null' });
    await expect(checkUnits(host(), [{ path: 'ds01.slice', text: '[Slice]\nTasksMax=x\n' }])).rejects.toThrow(
      "ds01.slice:2: Invalid maximum tasks value 'x', ignoring",
    );
  });

  it('never passes because systemd-analyze says nothing: it has to complain about a unit that is wrong on purpose', async () => {
    stand('systemd-analyze', 'exit 0');
    const files = [{ path: 'ds01.slice', text: '[Slice]\n' }];
    await expect(checkUnits(host(), files)).rejects.toThrow('systemd-analyze cannot read units here: it says nothing');
    stand('systemd-analyze', 'echo "Failed to initialize manager" >&2; exit 1');
    await expect(checkUnits(host(), files)).rejects.toThrow('cannot read units here: Failed to initialize manager');
  });
});
