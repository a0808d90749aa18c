import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { execa } from 'execa';
import { readCgroups } from './cgroups.ts';
import { showUnits } from './systemd.ts';
import { directoryReader, type HostReader } from './unit-folder.ts';

/** Whether systemd runs this machine: sd_booted(3). */
export function runsSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** A reader of this machine: its files, its systemd and its kernel. Starts no program that could change anything. */
export function liveReader(loadPath: readonly string[]): HostReader {
  return {
    ...directoryReader('/', loadPath),
    name: hostname(),
    live: {
      async observe(question) {
        const { site, units, properties } = question;
        // Whatever runs, and in one call with everything that is asked for by name.
        const names = [`${site}.slice`, `${site}-*.slice`, ...units];
        return { show: await showUnits(names, properties), cgroup: readCgroups(question) };
      },
      readContainerNames,
    },
  };
}

const PATIENCE = 5000;

// Names are a help for people: a Docker that is slow or not there is no reason to fail.
async function readContainerNames(): Promise<ReadonlyMap<string, string>> {
  const args = ['ps', '--no-trunc', '--format', '{{.ID}} {{.Names}}'];
  const { stdout, failed } = await execa('docker', args, { reject: false, stdin: 'ignore', timeout: PATIENCE });
  const lines = failed ? [] : stdout.split('\n').map((line) => line.split(' '));
  return new Map(lines.flatMap(([id, name]) => (id && name ? [[id, name] as const] : [])));
}
