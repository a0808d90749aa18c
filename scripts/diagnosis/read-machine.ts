import type { Machine } from './case.ts';
import { growth, perSecond } from './growth.ts';
import { readWaiting } from './psi.ts';
import type { Look, MachineTexts, Sighting } from './sighting.ts';

/** The machine as a whole, as two looks show it: proc(5), and accounting/psi and admin-guide/iostats of the kernel. */
export function readMachine({ before, after, machine }: Sighting): Machine {
  const { cpus, asRoot, devices, nvidiaDevices } = machine;
  const seconds = (after.at - before.at) / 1000;
  const [memory, tasks] = [readMemory(after), readTasks(after)];
  return {
    ...{ version: after.version, cpus, asRoot },
    ...(memory !== undefined && { memory }),
    ...(tasks !== undefined && { tasks }),
    pressure: readPressure(before, after, seconds),
    disks: readDisks(before, after, seconds, devices),
    // The others are for control, and are there with the driver alone.
    hasGpu: nvidiaDevices.some((name) => /^nvidia[0-9]+$/.test(name)),
    controllers: readControllers(after),
  };
}

function readMemory({ proc }: Look): number | undefined {
  const [, kibibytes] = /^MemTotal: +([1-9][0-9]{0,19}) kB$/m.exec(proc.get('meminfo') ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

// A thread needs a number, too: kernel.pid_max and kernel.threads-max, proc_sys_kernel(5).
function readTasks({ proc }: Look): number | undefined {
  const texts = ['sys/kernel/pid_max', 'sys/kernel/threads-max'].map((file) => proc.get(file) ?? '');
  const found = texts.filter((text) => /^[0-9]{1,20}$/.test(text)).map(Number);
  return found.length === 0 ? undefined : Math.min(...found);
}

function readPressure(before: Look, after: Look, seconds: number): Machine['pressure'] {
  const [cpu, memory, io] = ['pressure/cpu', 'pressure/memory', 'pressure/io'].map((file) => {
    return readWaiting(before.proc.get(file), after.proc.get(file), seconds);
  });
  return { ...(cpu && { cpu }), ...(memory && { memory }), ...(io && { io }) };
}

function readDisks(before: Look, after: Look, seconds: number, names: MachineTexts['devices']): Machine['disks'] {
  const earlier = busyTimes(before);
  return [...busyTimes(after)].flatMap(([device, milliseconds]) => {
    const name = names.get(device);
    if (name === undefined || PARTITION.test(name)) return [];
    const busy = Math.min(perSecond(growth(earlier.get(device), milliseconds), seconds) / 1000, 1);
    return busy === 0 && NO_DISK.test(name) ? [] : [{ device, name, busy }];
  });
}

// Milliseconds in which each device had something to do, by number: the tenth figure behind its name.
function busyTimes({ proc }: Look): ReadonlyMap<string, number> {
  const lines = (proc.get('diskstats') ?? '').matchAll(/^ *([0-9]+) +([0-9]+) \S+(?: [0-9]+){9} ([0-9]{1,20})\b/gm);
  return new Map([...lines].map(([, major, minor, busy]) => [`${major}:${minor}`, Number(busy)]));
}

// `sda1`, `nvme0n1p1`: what is done there is done to the whole disk, too.
const PARTITION = /^([shv]d[a-z]+|xvd[a-z]+)[0-9]+$|^(nvme|mmcblk|nbd|md|loop)[0-9n]+p[0-9]+$/;
// There is always a number of them, most without a use.
const NO_DISK = /^(loop|ram|zram|sr|fd)[0-9]+$/;

function readControllers({ version, cgroups }: Look): Machine['controllers'] {
  if (version === 'v1') return new Map([['/', controllerTrees(cgroups)]]);
  return new Map(
    cgroups.flatMap(({ path, files }) => {
      const enabled = files.get('cgroup.subtree_control');
      return enabled === undefined ? [] : [[path, enabled.split(' ').filter((name) => name !== '')] as const];
    }),
  );
}

// On cgroup v1 a controller is at work wherever its tree has a cgroup: then there are files that begin with its name.
function controllerTrees(cgroups: Look['cgroups']): readonly string[] {
  const files = cgroups.flatMap((cgroup) => [...cgroup.files.keys()]);
  return [...new Set(files.map((file) => file.replace(/[.].*$/, '')))].sort();
}
