import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import type { Check, Unknown } from '../check.ts';
import { keepsWaiting, rateCause, reachedRates, reachedText } from '../disk-limits.ts';
import { busyCause, busyDisks, busyText, diskWait, isFelt } from '../disk-use.ts';
import { percentText } from '../figures.ts';
import { isFeltAt } from '../waiters.ts';

/** What is read and written comes late where a disk can do no more, or a limit lets no more through. */
export const disk: Check = {
  id: 'disk',
  title: 'disks',
  about: 'work',
  examine(found) {
    const reached = found.meters.flatMap(reachedRates);
    const [busiest, ...others] = busyDisks(found);
    const wait = diskWait(found);
    const busy = busiest && isFelt(wait) ? [busyCause([busiest, ...others], wait, found)] : [];
    const hard = reached.filter((rate) => keepsWaiting(rate) && isFeltAt(rate.meter, 'io', found));
    const easy = reached.filter((rate) => !hard.includes(rate));
    const rates = hard.map((rate) => rateCause(rate, found));
    return {
      causes: [...rates.sort((a, b) => b.weight - a.weight), ...busy],
      saw: sawText(found),
      notes: [
        ...easy.map((rate) => `${reachedText(rate, found)}; hardly anything waits for it`),
        ...(busiest && busy.length === 0 ? [`${busyText([busiest, ...others])}; hardly anything waits for it`] : []),
      ],
      unknown: unknownIn(found),
    };
  },
};

function sawText({ machine, window }: Case): string {
  const [busiest] = [...machine.disks].sort((a, b) => b.busy - a.busy);
  if (!busiest) return 'the kernel shows no disk';
  return `the busiest is ${busiest.name}, in ${percentText(busiest.busy)} of ${window.toFixed(1)} s`;
}

// The kernel counts for a cgroup what the controller is enabled for in the cgroup around it.
function unknownIn({ meters, machine: { version, controllers } }: Case): readonly Unknown[] {
  const slices = meters.filter(({ level }) => level === 'site' || level === 'group' || level === 'account');
  const uncounted = slices.filter(({ disks }) => disks.length === 0);
  const around = uncounted.map(({ path }) => (version === 'v1' ? '/' : path.replace(/[/][^/]*$/, '') || '/'));
  const controller = version === 'v1' ? 'blkio' : 'io';
  const [without] = around.filter((path) => !controllers.get(path)?.includes(controller));
  if (without === undefined) return [];
  const wayOut = 'ds01-policy apply writes slices in which it is counted';
  if (version === 'v1')
    return [{ why: `the kernel does not count who uses disks: the controller ${controller} is not there` }];
  const file = cgroupFile(version, without, 'cgroup.subtree_control');
  return [{ why: `the kernel does not count who uses disks below ${without}: no ${controller} in ${file}`, wayOut }];
}
