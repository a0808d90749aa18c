import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config } from '../../scripts/follow/config.ts';
import { LAUNCHER, SERVICES, type ServiceUnit, serviceUnits, TIMERS } from '../../scripts/follow/service-units.ts';
import { HAS_SYSTEMD } from '../support/systemd.ts';

const LEAST: Config = {
  remote: 'https://git.example.org/lab/policy.git',
  branch: 'main',
  host: 'ds01',
  interval: 60,
  trust: 'none',
  pause: { default: 14_400, longest: 604_800 },
  correctionsPerHour: 5,
};
const MOST: Config = {
  ...LEAST,
  metricsFolder: '/var/lib/prometheus/node-exporter',
  commitStatus: { api: 'https://api.github.com', repository: 'lab/policy' },
};

function textOf(config: Config, name: string): string {
  return serviceUnits(config).find((unit) => unit.name === name)?.text ?? '';
}

describe('serviceUnits', () => {
  it.each(serviceUnits(MOST))('$name is as expected, byte by byte', async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(`expected/${name}`);
  });

  it('are the timers and what they start', () => {
    expect(
      serviceUnits(LEAST)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...TIMERS, ...SERVICES].sort());
  });

  it('have what only some hosts need only on those', () => {
    expect(textOf(LEAST, 'ds01-policy-apply.service')).toBe(
      textOf(MOST, 'ds01-policy-apply.service').replace('ReadWritePaths=-/var/lib/prometheus/node-exporter\n', ''),
    );
    expect(textOf(LEAST, 'ds01-policy-fetch.service')).not.toContain('Credential');
  });

  it.each([
    [10, '9s', '1s', '600s', '300s', '10min'],
    [60, '54s', '6s', '600s', '300s', '10min'],
    [90, '81s', '9s', '600s', '300s', '10min'],
    [300, '270s', '30s', '1500s', '300s', '25min'],
    [3600, '3300s', '300s', '18000s', '3600s', '5h'],
    [86_400, '86100s', '300s', '432000s', '86400s', '5d'],
  ])('runs every %i seconds at least, and watches over that', (interval, every, spread, first, look, within) => {
    const config = { ...LEAST, interval };
    const timer = textOf(config, 'ds01-policy.timer');
    expect(timer).toContain(`\nOnUnitActiveSec=${every}\nRandomizedDelaySec=${spread}\n`);
    const watchdog = textOf(config, 'ds01-policy-watchdog.timer');
    expect(watchdog).toContain(`\nOnActiveSec=${first}\nOnUnitActiveSec=${look}\n`);
    expect(textOf(config, 'ds01-policy-watchdog.service')).toContain(`status --verified-within ${within}\n`);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes units, with a program that is there in the place of ours; gives their paths. */
function written(units: readonly ServiceUnit[]): readonly string[] {
  return units.map(({ name, text }) => {
    writeFileSync(join(folder, name), text.replaceAll(LAUNCHER, '/bin/true'));
    return join(folder, name);
  });
}

describe.skipIf(!HAS_SYSTEMD)('systemd', () => {
  it.each([
    ['least', LEAST],
    ['most', MOST],
  ])('has nothing to say about the units of the configuration that says %s', async (_, config) => {
    const args = ['verify', '--man=no', '--recursive-errors=no', ...written(serviceUnits(config))];
    const { exitCode, all } = await execa('systemd-analyze', args, { reject: false, all: true });
    expect({ exitCode, all }).toEqual({ exitCode: 0, all: '' });
  });

  it.each([
    ['ds01-policy-fetch.service', 1.3],
    ['ds01-policy-apply.service', 0.9],
    ['ds01-policy-watchdog.service', 0.6],
  ])('finds %s no more exposed than %f', async (name, most) => {
    const [path = ''] = written(serviceUnits(MOST).filter((unit) => unit.name === name));
    const args = ['security', '--offline=yes', '--no-pager', '--json=off', `--threshold=${most * 10}`, path];
    const { exitCode, stdout } = await execa('systemd-analyze', args, { reject: false });
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('Overall exposure level');
  });
});
