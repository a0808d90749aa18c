import type { Lag } from '../follow/lag.ts';
import { slugOf } from '../policy/account.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { LiveSurvey } from '../units/live.ts';
import type { FoundText, Plan } from '../units/plan.ts';
import { accountOfSlice, slugIn } from './account-of-slice.ts';
import type { Case, Focus, Program } from './case.ts';
import { isWithin } from './cgroups-around.ts';
import type { Facts } from './facts.ts';
import { sourceFinder } from './find-source.ts';
import { growth, perSecond } from './growth.ts';
import type { Meter } from './meter.ts';
import { readMachine } from './read-machine.ts';
import { readMeters } from './read-meters.ts';
import type { Sighting } from './sighting.ts';

/** What a case is made of: what was seen, what policy says, and what somebody asked. */
export interface CaseInput {
  readonly sighting: Sighting;
  readonly facts: Facts;
  readonly resolved: Resolved;
  /** All unit files of slices, as they are on disk. */
  readonly files: readonly FoundText[];
  readonly plan: Plan;
  readonly live: LiveSurvey;
  readonly focus?: Focus;
  readonly lags?: readonly Lag[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly placeText: Case['placeText'];
}

/** Puts together all that the checks are given. */
export function makeCase(input: CaseInput): Case {
  const { sighting, facts, resolved, files, plan, live, focus, lags, now, placeText } = input;
  const { before, after, machine: texts } = sighting;
  const all = readMeters(before, after, resolved.site.name);
  const machine = readMachine(sighting);
  const containers = facts.containers.kind === 'told' ? facts.containers.value : [];
  const whole: Case = {
    ...{ now, window: (after.at - before.at) / 1000, meters: all, all },
    ...{ resolved, plan, facts, machine, programs: programsIn(sighting) },
    ...(lags && { lags }),
    sourceOf: sourceFinder({
      ...{ resolved, files, changes: plan.changes, version: after.version },
      devices: { numbers: live.cgroup.devices, names: texts.devices },
      ...(machine.tasks !== undefined && { tasks: machine.tasks }),
      containers: new Map(containers.map((container) => [container.id, container])),
    }),
    accountOf: (slice) => accountOfSlice(resolved, slice),
    placeText,
  };
  return focus ? focusOn(whole, focus) : whole;
}

/** The same, about somebody's work only. */
export function focusOn(whole: Case, focus: Focus): Case {
  return { ...whole, focus, meters: metersOf(focus, whole.all) };
}

// What is in question, what is in it, and what is around it: whose limits hold there, too.
function metersOf(focus: Focus, all: readonly Meter[]): readonly Meter[] {
  const own = all.filter((meter) => isAsked(focus, meter)).map(({ path }) => path);
  return all.filter(({ path }) => own.some((asked) => isWithin(path, asked) || isWithin(asked, path)));
}

// Containers of an account that has come to another group go on in the old slice, which has the same last name.
function isAsked(focus: Focus, { name, container }: Meter): boolean {
  if (focus.kind === 'container') return container === focus.id;
  return slugIn(name) === slugOf(focus.entitlement.account);
}

// A number that was given to another process meanwhile has used less than the one before, and all of it since.
function programsIn({ before, after }: Sighting): readonly Program[] {
  const earlier = new Map(before.processes.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]));
  const seconds = (after.at - before.at) / 1000;
  return after.processes.map((process) => {
    return { ...process, cores: perSecond(growth(earlier.get(process.pid), process.cpuSeconds), seconds) };
  });
}
