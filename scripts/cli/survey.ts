import { setTimeout as wait } from 'node:timers/promises';
import { readContainerNames } from '../diagnosis/read-container-names.ts';
import type { Told } from '../diagnosis/told.ts';
import type { HostReader, LiveQuestion } from '../host/unit-folder.ts';
import type { Resolved } from '../policy/resolve.ts';
import { devicesIn } from '../units/kernel.ts';
import { CGROUP_FILES, type LiveSurvey, SHOWN_PROPERTIES } from '../units/live.ts';
import { type FoundText, plan as makePlan, type Plan } from '../units/plan.ts';
import { lowersQuota } from '../units/running.ts';
import { isInNamespace, LOAD_PATH } from '../units/unit-path.ts';
import { UsageError } from './usage-error.ts';

/** A host as it was found, and what policy makes of it. */
export interface Surveyed {
  readonly files: readonly FoundText[];
  readonly plan: Plan;
  /** What runs; absent for a directory. */
  readonly live?: LiveSurvey;
}

/** The host that `--root` names, or this machine. Throws UsageError if there is neither, and HostRefusal. */
export async function chooseHost(root: string | undefined, verb: string): Promise<HostReader> {
  if (root !== undefined) return (await import('../host/unit-folder.ts')).directoryReader(root, LOAD_PATH);
  const running = await runningHost();
  if (running) return running;
  throw new UsageError('--root DIR is missing: systemd does not run this machine', verb);
}

/** This machine, for verbs that look at what runs. Throws UsageError if systemd does not run it. */
export async function thisHost(verb: string): Promise<HostReader> {
  const running = await runningHost();
  if (running) return running;
  throw new UsageError(`systemd does not run this machine: ${verb} looks at what runs, on the host itself`, verb);
}

async function runningHost(): Promise<HostReader | undefined> {
  // Loaded only for a machine that runs: it brings what starts programs.
  const { liveReader, runsSystemd } = await import('../host/live-host.ts');
  return runsSystemd() ? liveReader(LOAD_PATH) : undefined;
}

// Milliseconds between two looks at the same counters: long enough to say how many cores are in use.
const MOMENT = 500;

/** Looks at a host and plans. Looks again for what only some plans need: use of CPUs, and names of containers. */
export async function survey(reader: HostReader, resolved: Resolved): Promise<Surveyed> {
  const found = reader.readUnits();
  const files = found.flatMap((file) => (file.kind === 'file' ? [file] : []));
  const { live } = reader;
  if (!live) return { files, plan: makePlan(found, resolved) };
  const question = questionFor(files, resolved);
  const first = await live.observe(question);
  const plan = makePlan(found, resolved, first);
  const [cpus, names] = [lowersQuota(plan.changes), plan.draining.some(({ work }) => work.some(isContainer))];
  if (!cpus && !names) return { files, plan, live: first };
  if (cpus) await wait(MOMENT);
  const more = {
    ...(cpus && { ...(await live.observe(question)), earlier: first.cgroup }),
    ...(names && { containers: namesIn(await live.askContainerNames()) }),
  };
  const whole = { ...first, ...more };
  return { files, plan: makePlan(found, resolved, whole), live: whole };
}

// Without names containers are called by their ids: that is no reason to fail.
function namesIn(told: Told<string>): ReadonlyMap<string, string> {
  return told.kind === 'told' ? readContainerNames(told.value) : new Map();
}

function isContainer(work: string): boolean {
  return work.startsWith('container ');
}

function questionFor(files: readonly FoundText[], { site }: Resolved): LiveQuestion {
  const units = files.filter(({ path }) => isInNamespace(path, site.name) && !path.includes('/'));
  return {
    site: site.name,
    units: units.map(({ path }) => path).sort(),
    properties: SHOWN_PROPERTIES,
    cgroupFiles: CGROUP_FILES,
    devices: devicesIn(files.map(({ text }) => text)),
  };
}
