import { bytes } from '../units/running.ts';
import type { Case, Program } from './case.ts';
import { containerIn } from './cgroup-level.ts';
import { cgroupName } from './cgroup-words.ts';
import { wayUp } from './cgroups-around.ts';
import type { Evidence } from './check.ts';
import type { Gpu, GpuProcess, Gpus } from './facts.ts';
import { onceFor } from './once-for.ts';
import { accountOfUid } from './people.ts';
import { ownerOfCgroup, ownerOfContainer } from './work-owner.ts';

/** Somebody's memory on one GPU: of all their processes there. */
export interface Holder {
  /** An account; else a container, a cgroup, or that nobody shows the process. */
  readonly who: string;
  /** Whether the question is about this work. */
  readonly isOwn: boolean;
  readonly processes: readonly HoldingProcess[];
}

interface HoldingProcess extends GpuProcess {
  /** Absent for one that is not shown here. */
  readonly program?: Program;
}

/** Who holds memory of a GPU, in whatever way they came to it: in containers, in other work, in a login. Who has most is first. */
export function holdersOf({ uuid }: Gpu, { processes }: Gpus, found: Case): readonly Holder[] {
  const holders = new Map<string, Holder>();
  for (const process of processes.filter(({ gpu }) => gpu === uuid)) {
    const program = byPid(found.programs).get(process.pid);
    const [who, isOwn] = [whoOf(program, found), isAsked(program, found)];
    const id = `${isOwn} ${who}`;
    const one = { ...process, ...(program && { program }) };
    holders.set(id, { who, isOwn, processes: [...(holders.get(id)?.processes ?? []), one] });
  }
  return [...holders.values()].sort((a, b) => memoryOf(b) - memoryOf(a));
}

const byPid = onceFor((programs: readonly Program[]) => new Map(programs.map((program) => [program.pid, program])));

function whoOf(program: Program | undefined, found: Case): string {
  if (!program) return 'somebody whose process is not shown here';
  const container = wayUp(program.cgroup, found.all).findLast((one) => one.container !== undefined);
  if (container) return ownerOfContainer(container, found)?.entitlement.account ?? cgroupName(container, found);
  const owner = ownerOfCgroup(program.cgroup, found) ?? accountOfUid(program.uid, found);
  return owner?.account ?? program.cgroup;
}

function isAsked(program: Program | undefined, found: Case): boolean {
  const { focus } = found;
  if (!focus || !program) return false;
  if (focus.kind === 'account') return whoOf(program, found) === focus.entitlement.account;
  return program.cgroup.split('/').some((name) => containerIn(name) === focus.id);
}

function memoryOf({ processes }: Holder): number {
  return processes.reduce((sum, { memory = 0 }) => sum + memory, 0);
}

/** As in `100001@example.org 31.2G`. */
export function holderText(holder: Holder): string {
  const memory = memoryOf(holder);
  return memory === 0 ? holder.who : `${holder.who} ${bytes(memory)}`;
}

/** What nvidia-smi says of each process. */
export function holderFigures({ who, processes }: Holder): readonly Evidence[] {
  return processes.map(({ pid, memory, program }) => {
    const name = program ? ` (${program.name})` : '';
    const held = memory === undefined ? '' : `, ${bytes(memory)}`;
    return { source: 'nvidia-smi --query-compute-apps', figure: `pid ${pid}${name} of ${who}${held}` };
  });
}
