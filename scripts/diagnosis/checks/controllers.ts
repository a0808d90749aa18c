import { count, listing } from '../../units/listing.ts';
import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import type { Cause, Check } from '../check.ts';
import { type MissingController, seeControllers } from '../missing-controllers.ts';

/** A limit counts only where the controller of the kernel is enabled for the slice, and for all slices around it. */
export const controllers: Check = {
  id: 'controllers',
  title: 'kernel controllers',
  about: 'machine',
  examine(found) {
    const { missing, present, slices, unread } = seeControllers(found);
    return {
      causes: missing.map((controller) => causeOf(controller, found)),
      saw:
        slices === 0
          ? 'no slice with a limit runs'
          : `${present.join(', ') || 'none'} enabled for ${count(slices, 'slice')} with limits`,
      unknown: unread.map((path) => {
        return { why: `${cgroupFile('v2', path, 'cgroup.subtree_control')} was not there, or could not be read` };
      }),
    };
  },
};

function causeOf({ controller, at, enabled, limit, keys, slices }: MissingController, { machine }: Case): Cause {
  const { key, value, place } = limit;
  const verb = keys.length * slices.length === 1 ? 'is' : 'are';
  const what = `${listing(keys)} of ${listing(slices)} ${verb} not enforced`;
  const without = `start the machine without cgroup_disable=${controller}`;
  const common = {
    weight: 15,
    subject: limit.slice,
    limit: { key, value, origin: 'policy', ...(place && { place }) },
  };
  if (machine.version === 'v1') {
    return {
      ...common,
      message: `${what}: the kernel has no tree of the controller ${controller}`,
      evidence: [{ source: '/sys/fs/cgroup', figure: `trees of ${enabled.join(', ') || 'no controller'}` }],
      wayOut: `${without}, or with cgroup v2`,
    };
  }
  const file = cgroupFile('v2', at, 'cgroup.subtree_control');
  return {
    ...common,
    message: `${what}: the controller ${controller} is not enabled below ${at}`,
    evidence: [{ source: file, figure: enabled.join(' ') || 'empty' }],
    wayOut: `as root: echo +${controller} > ${file}; if the kernel refuses that, ${without}`,
  };
}
