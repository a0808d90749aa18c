import type { Lag } from '../../follow/lag.ts';
import type { Case } from '../case.ts';
import type { Cause, Check, Unknown } from '../check.ts';
import type { ServiceState } from '../facts.ts';
import { type LagWords, lagWords, minuteOf, shortCommit } from '../lag-words.ts';
import { unknownOf } from '../unknown-of.ts';

const WEIGHT = 8;
const TIMER = 'ds01-policy.timer';
const APPLY = 'ds01-policy-apply.service';

/** A host that follows a repository does so only while its timer runs, and its clock says when grants end. */
export const service: Check = {
  id: 'service',
  title: 'following policy',
  about: 'machine',
  examine(found) {
    const { lags, facts } = found;
    const clock = facts.clockSynchronized;
    const isWrong = clock.kind === 'told' && !clock.value;
    if (lags === undefined) {
      return {
        causes: [],
        saw: 'this host follows no repository',
        notes: isWrong ? [`${CLOCK.message}: ${CLOCK.wayOut}`] : [],
      };
    }
    return {
      causes: [...followCauses(lags, found), ...(isWrong ? [clockCause()] : [])],
      saw: lags.length === 0 ? 'the newest commit is in force' : 'policy is followed',
      notes: lags.flatMap(noteOf),
      unknown: [...unknownServices(found), ...unknownOf(clock)],
    };
  },
};

// What stands in the way often brings the next thing with it: the first one is told, and all are shown.
function followCauses(lags: readonly Lag[], { facts: { services } }: Case): readonly Cause[] {
  const states = services.kind === 'told' ? services.value : NO_STATES;
  const paused = lags.some((lag) => lag.kind === 'waiting' && lag.waiting.kind === 'paused');
  // Nothing is verified while nothing is to be applied.
  const counted = lags.filter(({ kind }) => !(paused && kind === 'unverified'));
  const words = counted.flatMap((lag) => lagWords(lag) ?? []).map((lag) => ({ ...lag, source: 'ds01-policy status' }));
  const problems: readonly Problem[] = [...timerProblems(states), ...words, ...applyProblems(states)];
  return problems.slice(0, 1).map(({ message, wayOut }) => ({
    ...{ weight: WEIGHT, subject: TIMER, message, wayOut },
    evidence: problems.map(({ source, figure }) => ({ source, figure })),
  }));
}

type States = ReadonlyMap<string, ServiceState>;

const NO_STATES: States = new Map();

interface Problem extends LagWords {
  readonly source: string;
}

function timerProblems(states: States): readonly Problem[] {
  const timer = states.get(TIMER);
  if (!timer || timer.activeState === 'active') return [];
  const source = `systemctl show ${TIMER}`;
  const installed = timer.loadState === 'loaded';
  return [
    installed
      ? {
          source,
          message: `${TIMER} is ${timer.activeState}: nobody looks for new policy, and no grant ends`,
          figure: `ActiveState=${timer.activeState}`,
          wayOut: `systemctl enable --now ${TIMER}`,
        }
      : {
          source,
          message: `${TIMER} is ${timer.loadState}: nobody looks for new policy, and no grant ends`,
          figure: `LoadState=${timer.loadState}`,
          wayOut: 'ds01-policy install puts it back',
        },
  ];
}

function applyProblems(states: States): readonly Problem[] {
  const apply = states.get(APPLY);
  if (!apply || apply.result === 'success') return [];
  return [
    {
      source: `systemctl show ${APPLY}`,
      message: `the last run of ${APPLY} ended with "${apply.result}"`,
      figure: `Result=${apply.result}`,
      wayOut: `journalctl --unit=${APPLY}`,
    },
  ];
}

const CLOCK = {
  message: 'the clock is not synchronised, and grants end by it',
  wayOut: 'timedatectl set-ntp true, with a time service that is installed',
} as const;

function clockCause(): Cause {
  const evidence = [{ source: 'timedatectl show', figure: 'NTPSynchronized=no' }];
  return { weight: WEIGHT, subject: 'clock', evidence, ...CLOCK };
}

function noteOf(lag: Lag): readonly string[] {
  if (lag.kind === 'pending') return [`commit ${shortCommit(lag.commit)} has come, and the next run takes it`];
  if (lag.kind !== 'waiting' || lag.waiting.kind !== 'paused') return [];
  return [`paused until ${minuteOf(lag.waiting.until)}: ${lag.waiting.reason}; ds01-policy resume ends it`];
}

function unknownServices({ facts: { services } }: Case): readonly Unknown[] {
  if (services.kind !== 'told') return unknownOf(services);
  const missing = [TIMER, APPLY].filter((name) => !services.value.has(name));
  return missing.map((name) => ({ why: `systemctl did not say how ${name} is` }));
}
