import type { Look, Process, Sighting } from '../../scripts/diagnosis/sighting.ts';

/** Texts of files by name. */
export type Texts = Readonly<Record<string, string>>;

/** What a look of the tests sees; the rest is not there. */
export interface Seen {
  readonly at?: number;
  readonly version?: Look['version'];
  /** Files of cgroups, by path. */
  readonly cgroups?: Readonly<Record<string, Texts>>;
  readonly processes?: readonly Process[];
  readonly proc?: Texts;
}

/** One look at the kernel. */
export function aLook({ at = 0, version = 'v2', cgroups = {}, processes = [], proc = {} }: Seen): Look {
  return {
    ...{ at, version, processes },
    cgroups: Object.entries(cgroups).map(([path, files]) => ({ path, files: new Map(Object.entries(files)) })),
    proc: new Map(Object.entries(proc)),
  };
}

/** Two looks, five seconds apart, at a machine of four CPUs, on which no program said anything. */
export function aSighting(before: Seen, after: Seen, machine: Partial<Sighting['machine']> = {}): Sighting {
  const silent = { kind: 'silent', why: 'nobody asked' } as const;
  return {
    before: aLook(before),
    after: aLook({ at: 5000, ...after }),
    machine: { cpus: 4, asRoot: true, devices: new Map(), nvidiaDevices: [], ...machine },
    programs: {
      ...{ systemctl: silent, containers: silent, dockerInfo: silent, dockerConfig: silent, gpus: silent },
      ...{ passwd: silent, kernelLog: silent, clock: silent, services: silent },
    },
  };
}
