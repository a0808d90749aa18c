import type { Case, Program } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost, isWithin, wayUp } from './cgroups-around.ts';
import type { Evidence } from './check.ts';
import { coresText } from './figures.ts';
import type { Meter } from './meter.ts';
import { programsApart } from './programs-within.ts';

/** Who uses CPUs: an account or container with all that is in it, or a program that no cgroup of the site is around. */
export type CpuUser = { readonly cores: number } & (
  | { readonly kind: 'cgroup'; readonly meter: Meter }
  | { readonly kind: 'program'; readonly program: Program }
);

/** Those who use at least a twentieth of the machine, apart from some cgroups; who uses most comes first. */
export function cpuUsers(apart: readonly Meter[], found: Case): readonly CpuUser[] {
  const { all, programs, machine } = found;
  const isApart = (path: string) => apart.some((meter) => isWithin(path, meter.path));
  const byPath = new Map<string, { meter: Meter; cores: number }>();
  for (const meter of innermost(all)) {
    if (isApart(meter.path)) continue;
    const user = wholeUser(meter, apart, all);
    const { cores } = byPath.get(user.path) ?? { cores: 0 };
    byPath.set(user.path, { meter: user, cores: cores + (meter.cpu?.cores ?? 0) });
  }
  const outermost = all.filter(({ level }) => level === 'site' || level === 'outside');
  const unmanaged = programsApart(
    outermost.map(({ path }) => path),
    programs,
  );
  const users: readonly CpuUser[] = [
    ...[...byPath.values()].map((user) => ({ kind: 'cgroup', ...user }) as const),
    ...unmanaged.map((program) => ({ kind: 'program', program, cores: program.cores }) as const),
  ];
  return users.filter(({ cores }) => cores >= machine.cpus / 20).sort((a, b) => b.cores - a.cores);
}

// Of another account all that it does; of the same one, the other container.
function wholeUser(meter: Meter, apart: readonly Meter[], all: readonly Meter[]): Meter {
  const account = wayUp(meter.path, all).find(({ level }) => level === 'account');
  return account && !apart.some(({ path }) => isWithin(path, account.path)) ? account : meter;
}

/** As in `ds01-student-a.slice uses 60 cores`. */
export function cpuUserText(user: CpuUser, found: Case): string {
  const uses = `uses ${coresText(user.cores)}`;
  if (user.kind === 'cgroup') return `${cgroupName(user.meter, found)} ${uses}`;
  const { name, pid, cgroup } = user.program;
  return `"${name}" (pid ${pid}) in ${cgroup}, where no limit of policy holds, ${uses}`;
}

/** Where that was read: who waits is only known of cgroup v2. */
export function cpuUserFigure(user: CpuUser): Evidence {
  const source =
    user.kind === 'cgroup' ? cgroupFile('v2', user.meter.path, 'cpu.stat') : `/proc/${user.program.pid}/stat`;
  return { source, figure: `${coresText(user.cores)} used` };
}
