import type { Entitlement } from '../../policy/resolve.ts';
import { count, listing } from '../../units/listing.ts';
import type { Case } from '../case.ts';
import { cgroupName } from '../cgroup-words.ts';
import type { Cause, Check, Unknown } from '../check.ts';
import { type ContainerOption, compared, optionsOf, optionText, optionValue } from '../container-options.ts';
import { dockerName } from '../docker-name.ts';
import { dockerUpdate } from '../docker-update.ts';
import { isHit } from '../limit-hit.ts';
import type { Meter } from '../meter.ts';
import { unknownOf } from '../unknown-of.ts';
import { ownerOfContainer } from '../work-owner.ts';

/** A container keeps the limits that it was made with, whatever policy says by now. */
export const containerLimits: Check = {
  id: 'container-limits',
  title: 'limits of containers',
  about: 'work',
  examine(found) {
    const containers = found.meters.flatMap((meter) => limitedContainer(meter, found) ?? []);
    return {
      causes: found.focus ? containers.flatMap((container) => lowerCauses(container, found)) : [],
      saw: sawText(containers, found),
      notes: [
        ...(found.focus ? [] : lowerNotes(containers, found)),
        ...higherNotes(containers, found),
        ...numberNotes(containers, found),
      ],
      unknown: unknownIn(containers, found),
    };
  },
};

interface LimitedContainer {
  readonly meter: Meter;
  readonly id: string;
  readonly owner: Entitlement;
  readonly options: readonly ContainerOption[];
}

// What is in a slice that its account has left is told of with that.
function limitedContainer(meter: Meter, found: Case): LimitedContainer | undefined {
  const { container: id, level, path } = meter;
  if (id === undefined || level !== 'container') return undefined;
  const around = path.split('/').reverse();
  const owner = around.map((name) => found.accountOf(name)).find((one) => one !== undefined);
  return owner && { meter, id, owner, options: optionsOf(meter, owner, found) };
}

const WEIGHT = 10;

// What such a limit holds up now, the check of that limit tells. A container that does not reach it lacks nothing, whatever it
// was made small for: it is only worth a question to whoever asks about it.
function spareOptions(container: LimitedContainer, found: Case): readonly ContainerOption[] {
  return lowerOptions(container, found).filter(({ key }) => !key || !isHit(container.meter, key, found));
}

function lowerOptions({ options }: LimitedContainer, { machine }: Case): readonly ContainerOption[] {
  return options.filter((option) => compared(option, machine.version) === 'lower');
}

function lowerCauses(container: LimitedContainer, found: Case): readonly Cause[] {
  const { meter, id, owner } = container;
  return spareOptions(container, found).map((option) => {
    const { given, granted, source } = option;
    const name = cgroupName(meter, found);
    const symptom = option.option === '--shm-size' ? SYMPTOM : '';
    return {
      weight: WEIGHT,
      subject: name,
      message: `${name} was made with ${optionText(option, given)}, which is lower than policy grants a container of ${owner.account}: ${grantedText(option)}${symptom}`,
      evidence: [
        { source, figure: optionText(option, given) },
        { source: found.placeText(granted.place), figure: grantedText(option) },
      ],
      limit: {
        key: option.option,
        value: optionValue(option, given),
        origin: "the container's own options",
        place: granted.place,
      },
      wayOut: raise(option, id, found),
    };
  });
}

/** All of them in one sentence: on a machine with many containers, some are small on purpose. */
function lowerNotes(containers: readonly LimitedContainer[], found: Case): readonly string[] {
  const lower = containers.flatMap((container) => {
    const words = spareOptions(container, found).map(insteadText);
    return words.length === 0 ? [] : [`${cgroupName(container.meter, found)} ${words.join(', ')}`];
  });
  return lower.length === 0 ? [] : [`made with less than policy grants: ${listing(lower)}`];
}

function insteadText(option: ContainerOption): string {
  return `${optionText(option, option.given)} instead of ${grantedText(option)}`;
}

const SYMPTOM = '; where it is full, programs such as the data loaders of PyTorch end with "Bus error"';

function grantedText(option: ContainerOption): string {
  const { value } = option.granted;
  return value === Number.POSITIVE_INFINITY ? 'unlimited' : optionValue(option, value);
}

function raise(option: ContainerOption, id: string, found: Case): string {
  const { value } = option.granted;
  if (value === Number.POSITIVE_INFINITY) return `make it anew without ${option.option}`;
  const anew = `make it anew with docker run ${optionText(option, value)}`;
  if (option.option === '--shm-size') return anew;
  return `${dockerUpdate(option.option, optionValue(option, value), dockerName(id, found))}; or ${anew}`;
}

function higherNotes(containers: readonly LimitedContainer[], found: Case): readonly string[] {
  const more = containers.flatMap(({ meter, options }) => {
    const higher = options.filter((option) => compared(option, found.machine.version) === 'higher');
    return higher.length === 0 ? [] : [`${cgroupName(meter, found)} ${higher.map(insteadText).join(', ')}`];
  });
  const next = 'container tools give what policy says when they make a container anew';
  return more.length === 0 ? [] : [`made with more than policy grants: ${listing(more)}; ${next}`];
}

function numberNotes(containers: readonly LimitedContainer[], found: Case): readonly string[] {
  const owners = new Map(containers.map(({ owner }) => [owner.account, owner]));
  const running = found.all.filter(({ container }) => container !== undefined);
  const accounts = running.map((meter) => ownerOfContainer(meter, found)?.entitlement.account);
  return [...owners].flatMap(([account, { limits }]) => {
    const most = limits.per_container.max_containers;
    const number = accounts.filter((other) => other === account).length;
    if (!most || number <= most.value) return [];
    return [
      `${account} has ${count(number, 'container')}, and policy grants ${most.value}: ${found.placeText(most.place)}`,
    ];
  });
}

function sawText(containers: readonly LimitedContainer[], found: Case): string {
  if (containers.length === 0) return "no container runs in its account's slice";
  const options = new Set(containers.flatMap((container) => container.options.map(({ option }) => option)));
  const less = containers.filter((container) => lowerOptions(container, found).length > 0).length;
  const number = less === 0 ? 'none has' : less === 1 ? '1 has' : `${less} have`;
  const what =
    options.size === 0
      ? 'policy says nothing about them'
      : `${number} less than policy grants: ${listing([...options])}`;
  return `${count(containers.length, 'container')}; ${what}`;
}

// The kernel shows the other limits.
function unknownIn(containers: readonly LimitedContainer[], { facts }: Case): readonly Unknown[] {
  const isAsked = containers.some(({ owner }) => owner.limits.per_container.shm_size);
  return isAsked ? unknownOf(facts.containers).map((unknown) => ({ ...unknown, why: `${SHM}: ${unknown.why}` })) : [];
}

const SHM = 'how large /dev/shm is in a container, only Docker says';
