import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { liveReader, runsSystemd } from '../../scripts/host/live-host.ts';
import { CGROUP_FILES } from '../../scripts/units/live.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

/** Puts programs in the place of the real ones, and nothing else: what is not among them is not installed. */
function install(scripts: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFiles(folder, { [name]: `#!/bin/sh\n${script.replaceAll('LOG', join(folder, 'log'))}\n` });
    chmodSync(join(folder, name), 0o755);
  }
  const { PATH } = process.env;
  process.env.PATH = folder;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  return join(folder, 'log');
}

const live = liveReader([]).live!;

// What a machine that runs says is told in test/machine; here is what it is asked.
describe('this machine', () => {
  it('is called what it calls itself, and is one that systemd runs if systemd says so', () => {
    expect(liveReader([])).toMatchObject({ name: hostname(), root: '/' });
    expect(runsSystemd()).toBe(existsSync('/run/systemd/system'));
  });

  it('is asked once for everything that runs and for the units that have files', async () => {
    const log = install({ systemctl: 'echo "$@" >> LOG; echo Id=no-such-site.slice' });
    const question = { site: 'no-such-site', cgroupFiles: CGROUP_FILES, devices: [] };
    const found = await live.observe({ ...question, units: ['no-such-site-a.slice'], properties: ['Id', 'TasksMax'] });
    expect(found).toMatchObject({ show: 'Id=no-such-site.slice', cgroup: { slices: [] } });
    expect(readFileSync(log, 'utf8')).toBe(
      'show --no-pager --property=Id,TasksMax -- no-such-site.slice no-such-site-*.slice no-such-site-a.slice\n',
    );
  });
});

describe('names of containers', () => {
  it('are asked of Docker', async () => {
    const log = install({ docker: 'echo "$@" >> LOG; echo "abc train"' });
    expect(await live.askContainerNames()).toEqual({ kind: 'told', value: 'abc train\n' });
    expect(readFileSync(log, 'utf8')).toBe('ps --no-trunc --format {{.ID}} {{.Names}}\n');
  });

  it('are not known where Docker is not installed', async () => {
    install({});
    expect(await live.askContainerNames()).toMatchObject({ kind: 'absent' });
  });
});
