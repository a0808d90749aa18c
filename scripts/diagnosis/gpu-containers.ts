import { listing } from '../units/listing.ts';
import type { Case, Program } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import type { Cause, Checked, Evidence, Unknown } from './check.ts';
import { dockerName } from './docker-name.ts';
import { coresText } from './figures.ts';
import type { Meter } from './meter.ts';
import { isThrottled } from './throttling.ts';
import { unknownOf } from './unknown-of.ts';
import { containerOf, programsIn } from './work-owner.ts';

/** A container, and what it has of GPUs. */
interface GpuContainer {
  readonly meter: Meter;
  readonly id: string;
  readonly name: string;
  readonly programs: readonly Program[];
  /** Whether Docker was told to give it a GPU; absent where Docker says nothing. */
  readonly asks?: boolean;
  /** Whether the driver's device is in it; absent where that was not to be seen. */
  readonly sees?: boolean;
  /** Why it is worth a question: it computes a lot. */
  readonly cores?: number;
}

/** What containers have of GPUs, and what they make of it. */
export function examineContainers(found: Case): Required<Pick<Checked, 'causes' | 'unknown'>> {
  const containers = found.meters.flatMap((meter) => gpuContainer(meter, found) ?? []);
  return {
    causes: containers.flatMap((container) => causeOf(container, found) ?? []),
    unknown: unknownIn(containers, found),
  };
}

function gpuContainer(meter: Meter, found: Case): GpuContainer | undefined {
  const id = meter.container;
  if (id === undefined) return undefined;
  const programs = programsIn(meter.path, found);
  const asks = containerOf(meter, found)?.asksGpu;
  const seen = programs.flatMap(({ seesGpu }) => seesGpu ?? []);
  const cores = isComputing(meter) ? meter.cpu?.cores : undefined;
  return {
    ...{ meter, id, name: cgroupName(meter, found), programs },
    ...(asks !== undefined && { asks }),
    ...(seen.length > 0 && { sees: seen.includes(true) }),
    ...(cores !== undefined && { cores }),
  };
}

/** So much of a quota, or so many CPUs, is more than a program needs that leaves its work to a GPU. */
const [MUCH, MANY] = [0.8, 4];

function isComputing(meter: Meter): boolean {
  return (meter.cpu?.cores ?? 0) >= MANY || needsMore(meter);
}

function needsMore(meter: Meter): boolean {
  const { cores = 0, quota = Number.POSITIVE_INFINITY } = meter.cpu ?? {};
  return cores >= MUCH * quota || isThrottled(meter);
}

function causeOf(container: GpuContainer, found: Case): Cause | undefined {
  const { asks, sees, cores } = container;
  if (asks === true && sees === false) return withoutDriver(container, found);
  if (cores === undefined) return undefined;
  // Whoever sees all devices of the machine has all GPUs, too.
  if (asks === true || sees === true)
    return isOnGpu(container, found) ? undefined : withoutUse(container, cores, found);
  // Work on CPUs is as good as any other: it is only worth a question to whoever asks about it.
  return asks === false && found.focus && found.machine.hasGpu ? withoutGpu(container, cores, found) : undefined;
}

function withoutDriver({ id, name, programs }: GpuContainer, found: Case): Cause {
  const pid = programs.find(({ seesGpu }) => seesGpu === false)?.pid;
  const restart = `docker restart ${dockerName(id, found)}`;
  return {
    weight: 80,
    subject: name,
    message: `${name} was made with a GPU, and there is no driver inside: its programs compute on CPUs, or end with "no CUDA-capable device is detected"`,
    evidence: [
      { source: 'docker inspect', figure: 'made with a GPU' },
      { source: `/proc/${pid}/root/dev/nvidiactl`, figure: 'not there' },
    ],
    wayOut: `nvidia-smi says whether the machine itself has a driver; then ${restart}, which ends its programs`,
  };
}

function withoutUse({ meter, id, name, programs }: GpuContainer, cores: number, found: Case): Cause {
  const docker = dockerName(id, found);
  return {
    weight: 45,
    subject: name,
    message: `${name} has a GPU and uses none: it uses ${coresText(cores)}, and none of its programs is on a GPU; either they compute on CPUs only, as scikit-learn does, or they found no GPU`,
    evidence: [
      { source: 'nvidia-smi --query-compute-apps', figure: `no process of ${name}` },
      ...cpuFigures({ meter, programs }, cores, found),
    ],
    wayOut: `docker exec ${docker} nvidia-smi shows what it finds; after "Unknown Error", docker restart ${docker}: systemctl daemon-reload may take the devices of NVIDIA away from containers that run`,
  };
}

function withoutGpu({ meter, name, programs }: GpuContainer, cores: number, found: Case): Cause {
  return {
    weight: needsMore(meter) ? 40 : 30,
    subject: name,
    message: `${name} has no GPU: it was made without --gpus, and uses ${coresText(cores)}; should that work run on a GPU?`,
    evidence: [
      { source: 'docker inspect', figure: 'no --gpus, and no device of NVIDIA' },
      ...cpuFigures({ meter, programs }, cores, found),
    ],
    wayOut: 'if it should, make the container anew with docker run --gpus; if not, nothing is wrong',
  };
}

function cpuFigures(
  { meter, programs }: Pick<GpuContainer, 'meter' | 'programs'>,
  cores: number,
  { machine: { version }, window }: Case,
): readonly Evidence[] {
  const file = version === 'v2' ? 'cpu.stat' : 'cpuacct.usage';
  const [most] = programs;
  const quota = meter.cpu?.quota === undefined ? '' : ` of ${coresText(meter.cpu.quota)}`;
  return [
    { source: cgroupFile(version, meter.path, file), figure: `${coresText(cores)}${quota} in ${window.toFixed(1)} s` },
    ...(most ? [{ source: `/proc/${most.pid}/stat`, figure: `${most.name}, ${coresText(most.cores)}` }] : []),
  ];
}

// Where nvidia-smi says nothing, nobody knows, and that is said once for all.
function isOnGpu({ programs }: GpuContainer, { facts: { gpus } }: Case): boolean {
  if (gpus.kind !== 'told') return true;
  const onGpus = new Set(gpus.value.processes.map(({ pid }) => pid));
  return programs.some(({ pid }) => onGpus.has(pid));
}

function unknownIn(containers: readonly GpuContainer[], { facts, machine }: Case): readonly Unknown[] {
  if (!machine.hasGpu) return [];
  const unseen = containers.filter(({ asks, sees }) => asks === true && sees === undefined);
  const untold = containers.filter(
    ({ asks, sees, cores }) => asks === undefined && sees !== true && cores !== undefined,
  );
  const names = (some: readonly GpuContainer[]) => listing(some.map(({ name }) => name));
  const root = machine.asRoot ? {} : { wayOut: 'root sees it' };
  return [
    ...(unseen.length === 0
      ? []
      : [{ why: `whether there is a driver in ${names(unseen)} was not to be seen`, ...root }]),
    ...(untold.length === 0
      ? []
      : unknownOf(facts.containers).map((unknown) => ({
          ...unknown,
          why: `whether a GPU was given to ${names(untold)}, only Docker says: ${unknown.why}`,
        }))),
  ];
}
