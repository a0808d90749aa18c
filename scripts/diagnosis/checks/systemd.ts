import type { Plan } from '../../units/plan.ts';
import { BOOT_V2 } from '../boot-options.ts';
import type { Case } from '../case.ts';
import type { Cause, Check } from '../check.ts';
import { controllerOf, seeControllers } from '../missing-controllers.ts';
import { unknownOf } from '../unknown-of.ts';

type Unenforced = NonNullable<Plan['verified']>['unenforced'][number];

/** The oldest version that apply works with. */
const OLDEST = 245;
/** The newest version that brings limits into force when it reads files again. */
const ENFORCES_ON_RELOAD = 252;

/** What this systemd and this kernel cannot do is not in force, whatever policy says. */
export const systemd: Check = {
  id: 'systemd',
  title: 'systemd and cgroups',
  about: 'machine',
  examine(found) {
    const { facts, machine } = found;
    const version = facts.systemd.kind === 'told' ? facts.systemd.value : undefined;
    const cgroups = `cgroup ${machine.version}`;
    return {
      causes: unenforced(found).map((limit) => causeOf(limit, found)),
      saw: version === undefined ? cgroups : `systemd ${version}, ${cgroups}`,
      notes: [...cgroupNotes(machine.version), ...(version === undefined ? [] : versionNotes(version))],
      unknown: unknownOf(facts.systemd),
    };
  },
};

function cgroupNotes(version: Case['machine']['version']): readonly string[] {
  if (version === 'v2') return [];
  return [`cgroup v1 enforces no memory_high; ${BOOT_V2}`];
}

function versionNotes(version: number): readonly string[] {
  if (version < OLDEST) return [`systemd ${version} is older than ${OLDEST}: ds01-policy does not support it`];
  if (version <= ENFORCES_ON_RELOAD) return [];
  return [
    `systemd ${version} may read a changed limit without telling the kernel: ds01-policy apply sees to it, systemctl daemon-reload does not`,
  ];
}

// Where a controller is missing, the check of controllers says so once for all limits.
function unenforced(found: Case): readonly Unenforced[] {
  const { missing } = seeControllers(found);
  const said = new Set(missing.flatMap(({ controller, slices }) => slices.map((slice) => `${controller} ${slice}`)));
  return (found.plan.verified?.unenforced ?? []).filter(({ key, slices }) => {
    const controller = controllerOf(key, found.machine.version);
    return slices.some((slice) => !said.has(`${controller} ${slice}`));
  });
}

function causeOf({ key, wanted, slices, why, place }: Unenforced, { all, machine }: Case): Cause {
  const [slice = ''] = slices;
  const [, device] = key.split(' ');
  const more = slices.length > 1 ? ` and ${slices.length - 1} more` : '';
  const path = all.find(({ name }) => name === slice)?.path ?? '';
  return {
    // A rate of a disk that is not there keeps nobody waiting; what others may use without a limit does.
    weight: device === undefined ? 12 : 5,
    subject: slice,
    message: `${key} ${wanted} of ${slice}${more} is not enforced: ${why}`,
    evidence: [{ source: device ?? `/sys/fs/cgroup${machine.version === 'v1' ? '' : path}`, figure: why }],
    limit: { key, value: wanted, origin: 'policy', ...(place && { place }) },
    wayOut: wayOut(device, machine.version),
  };
}

function wayOut(device: string | undefined, version: Case['machine']['version']): string {
  const without = 'take the line out of policy';
  if (device !== undefined) return `name a device that is there, or ${without}`;
  return version === 'v1' ? `${BOOT_V2}; or ${without}` : `use a kernel that can, or ${without}`;
}
