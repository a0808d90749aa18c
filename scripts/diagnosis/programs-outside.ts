import { listing } from '../units/listing.ts';
import type { Case, Program } from './case.ts';
import { coresText } from './figures.ts';
import { accountOfUid, isPersonUid } from './people.ts';
import { programsApart } from './programs-within.ts';
import type { UnlimitedWork } from './unlimited-work.ts';

/** CPUs from which on it is more than a login. */
const LEAST_CORES = 1;
const MOST_PROGRAMS = 3;

/** What people do outside of their slices, and outside of containers: for each of them, if it is more than a login. */
export function programsOutside(found: Case): readonly UnlimitedWork[] {
  const users = new Map<number, Program[]>();
  // What is called as a container is, and is looked at as none, is as good as any other program: whoever may make cgroups
  // of their own, as in a login, calls them what they like.
  const containers = found.all.filter(({ container }) => container !== undefined).map(({ path }) => path);
  for (const program of programsApart(containers, found.programs).filter((one) => isOutside(one, found))) {
    const programs = users.get(program.uid) ?? [];
    programs.push(program);
    users.set(program.uid, programs);
  }
  return [...users].flatMap(([uid, programs]) => unlimitedPrograms(uid, programs, found) ?? []);
}

function isOutside({ uid, cgroup }: Program, { resolved: { site } }: Case): boolean {
  return isPersonUid(uid) && cgroup.split('/', 2)[1] !== `${site.name}.slice`;
}

function unlimitedPrograms(uid: number, programs: readonly Program[], found: Case): UnlimitedWork | undefined {
  const cores = programs.reduce((sum, program) => sum + program.cores, 0);
  if (cores < LEAST_CORES) return undefined;
  const owner = accountOfUid(uid, found);
  const name = owner?.account ?? `UID ${uid}`;
  const most = [...programs].sort((a, b) => b.cores - a.cores).slice(0, MOST_PROGRAMS);
  const places = [...new Set(most.map(({ cgroup }) => placeOf(cgroup)))];
  const words = most.map((program) => `"${program.name}" (pid ${program.pid}) ${coresText(program.cores)}`);
  return {
    ...(owner && { owner }),
    use: { cores },
    isAsked: found.focus?.kind === 'account' && found.focus.entitlement.account === owner?.account,
    words: {
      subject: name,
      message: `${name} uses ${coresText(cores)} in ${listing(places)}, where no limit of policy holds: ${words.join(', ')}`,
      evidence: most.map((program) => {
        return { source: `/proc/${program.pid}/cgroup`, figure: `${program.cgroup}; ${coresText(program.cores)}` };
      }),
      wayOut: owner
        ? `run it in a container, or as root with systemd-run --slice=${owner.slice} --uid=${uid} COMMAND`
        : `getent passwd ${uid} says who that is`,
    },
  };
}

// The slice is what people know; what is in no slice is where it is.
function placeOf(cgroup: string): string {
  return cgroup.split('/').findLast((name) => name.endsWith('.slice')) ?? cgroup;
}
