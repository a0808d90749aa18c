import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { takeSighting } from '../../scripts/cli/take-sighting.ts';
import { otherPrograms } from '../support/other-programs.ts';

const QUIET = { docker: '', getent: '', journalctl: '', 'nvidia-smi': '', systemctl: '', timedatectl: '' };

it('looks twice, counts down meanwhile, and asks about policy’s accounts and the owners of processes', async () => {
  const log = otherPrograms({ ...QUIET, getent: 'echo "$@" >> LOG; echo people' });
  const left: number[] = [];
  const accounts = ['a@example.org', '-x@example.org', 'no account', '--help'];
  const { before, after, machine, programs } = await takeSighting({ accounts, seconds: 1.2 }, (seconds) => {
    left.push(Number(seconds.toFixed(1)));
  });
  expect(left).toEqual([1.2, 0.2, 0]);
  expect(after.at - before.at).toBeGreaterThanOrEqual(1200);
  expect(after.at - before.at).toBeLessThan(2400);
  expect(machine.asRoot).toBe(process.geteuid?.() === 0);
  expect(programs.passwd).toEqual({ kind: 'told', value: 'people\n' });
  const [command, dashes, account, ...uids] = readFileSync(log, 'utf8').trim().split(' ');
  expect([command, dashes, account]).toEqual(['passwd', '--', 'a@example.org']);
  const owners = [...new Set(before.processes.map(({ uid }) => uid))].sort((a, b) => a - b);
  expect(uids.map(Number)).toEqual(owners);
  expect(owners).toContain(process.getuid?.());
});

it('looks no second time once nobody wants it', async () => {
  otherPrograms(QUIET);
  const begun = performance.now();
  const over = new AbortController();
  const seen = takeSighting({ accounts: [], seconds: 600 }, undefined, over.signal);
  setTimeout(() => over.abort(), 100);
  await expect(seen).rejects.toThrow();
  expect(performance.now() - begun).toBeLessThan(5000);
});

it('waits three seconds at most for all programs that hang, whatever they do', async () => {
  const hang = 'trap "" TERM; sleep 600 & wait; sleep 600';
  otherPrograms({
    ...QUIET,
    docker: hang,
    getent: hang,
    journalctl: hang,
    'nvidia-smi': hang,
    timedatectl: 'echo time',
  });
  const begun = performance.now();
  const { programs } = await takeSighting({ accounts: [], seconds: 0.5 });
  const took = performance.now() - begun;
  expect(took).toBeGreaterThan(2900);
  expect(took).toBeLessThan(4500);
  const late = (program: string) => ({ kind: 'silent', why: `${program} did not answer within 3 s` });
  expect(programs).toMatchObject({
    containers: late('docker'),
    dockerInfo: late('docker'),
    gpus: late('nvidia-smi'),
    passwd: late('getent'),
    kernelLog: late('journalctl'),
    clock: { kind: 'told', value: 'time\n' },
  });
});
