import { count } from '../../units/listing.ts';
import type { Case } from '../case.ts';
import type { Check, Unknown } from '../check.ts';
import { containersOutside } from '../containers-outside.ts';
import { leftWork } from '../left-slices.ts';
import { nobodysWork } from '../nobodys-slices.ts';
import { programsOutside } from '../programs-outside.ts';
import { unknownOf } from '../unknown-of.ts';
import { judgeUnlimited, type UnlimitedWork } from '../unlimited-work.ts';

/** Limits hold for what runs in an account's slice. What runs elsewhere has none, or those of somebody else. */
export const wrongSlice: Check = {
  id: 'wrong-slice',
  title: 'right slice',
  about: 'work',
  examine(found) {
    const [containers, programs] = [containersOutside(found), programsOutside(found)];
    const left = leftWork(found);
    const unlimited = judgeUnlimited([...containers, ...programs], found);
    const causes = [...left.causes, ...unlimited.causes, ...nobodysWork(found)];
    return {
      causes: causes.sort((a, b) => b.weight - a.weight),
      saw: sawText(found),
      notes: [...left.notes, ...unlimited.notes],
      unknown: unknownIn(containers, programs, found),
    };
  },
};

function sawText({ meters }: Case): string {
  const inside = meters.filter(({ level }) => level === 'container').length;
  return inside === 0
    ? "no container runs in its account's slice"
    : `${count(inside, 'container')} in slices of accounts`;
}

// Whose work it is counts only where there is some that nobody knows the owner of.
function unknownIn(
  containers: readonly UnlimitedWork[],
  programs: readonly UnlimitedWork[],
  { facts }: Case,
): readonly Unknown[] {
  const isUnknown = ({ owner }: UnlimitedWork) => owner === undefined;
  return [
    ...([...containers, ...programs].some(isUnknown) ? unknownOf(facts.people) : []),
    ...(containers.some(isUnknown) ? unknownOf(facts.containers) : []),
  ];
}
