import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { askContainerNames } from './ask-container-names.ts';
import { patience } from './ask-program.ts';
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
      askContainerNames: () => askContainerNames(patience(PATIENCE)),
    },
  };
}

// Seconds. Names are a help for people: a Docker that is slow is no reason to wait long.
const PATIENCE = 3;
