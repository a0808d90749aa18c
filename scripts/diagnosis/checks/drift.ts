import { type Drift, policyWords, valueWord } from '../../units/drift.ts';
import { limitFile } from '../../units/kernel.ts';
import { count, listing } from '../../units/listing.ts';
import { wholePath } from '../../units/unit-path.ts';
import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import type { Cause, CausingLimit, Check, Evidence } from '../check.ts';
import { findLowered, isLower, type LoweredLimit } from '../lowered-limits.ts';
import { causingLimit } from '../way-out.ts';

/**
 * A limit that is lower than policy says may hold work up where nobody expects it. Anything else that is not as policy says
 * is in nobody's way, and a file of others that policy says nothing about least of all.
 */
const WEIGHTS = { lower: 60, other: 8, foreign: 5 } as const;

/** What is in force is what policy says, unless somebody else has a say, or nobody has applied it. */
export const drift: Check = {
  id: 'drift',
  title: 'policy in force',
  about: 'machine',
  examine(found) {
    const { drift, differs } = found.plan;
    // What policy says to leave as it is, it leaves; that work has less than policy says is worth a word all the same.
    const told = drift.filter((entry) => entry.action !== 'report' || isLower(entry));
    const lowered = findLowered(found.plan.changes);
    return {
      causes: [
        ...told.map((entry) => driftCause(entry, found)),
        ...lowered.map((limit) => loweredCause(limit, found)),
        ...fileCauses(lowered, found),
        ...guardCauses(found),
        ...conflictCauses(found),
        ...foreignCauses(found),
      ],
      saw: differs ? 'not as policy says' : 'as policy says: nothing differs',
      notes: notesOf(found),
    };
  },
};

function driftCause(entry: Drift, found: Case): Cause {
  const { slice, key, message, action, wayOut } = entry;
  const isLimit = key !== 'LoadState' && key !== 'ActiveState';
  return {
    weight: isLower(entry) ? WEIGHTS.lower : WEIGHTS.other,
    subject: slice,
    message,
    evidence: [evidenceOf(entry, found)],
    ...(isLimit && { limit: limitOf(entry) }),
    wayOut: action === 'clear' || action === 'reload' ? `ds01-policy ${wayOut}` : wayOut,
  };
}

function evidenceOf({ slice, key, origin, file, found = 'infinity' }: Drift, { all, machine }: Case): Evidence {
  if (file !== undefined) return { source: file, figure: settingLine(key, found) };
  if (origin !== 'kernel') return { source: `systemctl show ${slice}`, figure: settingLine(key, found) };
  const [path, name] = [all.find((meter) => meter.name === slice)?.path, limitFile(key, machine.version)];
  const known = path !== undefined && name !== undefined;
  return {
    source: known ? cgroupFile(machine.version, path, name) : '/sys/fs/cgroup',
    figure: settingLine(key, found),
  };
}

// As a unit file would say it: `TasksMax=512`, `IOReadBandwidthMax=/dev/sda 10M`.
function settingLine(key: string, value: string): string {
  return key.includes(' ') ? `${key.replace(' ', '=')} ${value}` : `${key}=${value}`;
}

function limitOf({ slice, key, origin, found: value = 'infinity', file, place }: Drift): CausingLimit {
  const said = { key, value, ...(place && { place }) };
  if (origin === 'not-loaded') return { ...said, origin: 'what systemd has read before' };
  return causingLimit({ ...said, cgroup: slice, origin, ...(file !== undefined && { file }) });
}

function loweredCause({ file, slice, key, found: value, wanted, ours, place }: LoweredLimit, found: Case): Cause {
  const why = ours ? 'is not applied yet' : 'was not written by ds01-policy';
  return {
    weight: WEIGHTS.lower,
    subject: slice,
    message: `${key} of ${slice} is ${valueWord(value)}, ${policyWords(wanted)}: ${file} ${why}`,
    evidence: [{ source: file, figure: settingLine(key, value) }],
    limit: causingLimit({ key, cgroup: slice, value, origin: 'file', file, ...(place && { place }) }),
    wayOut: applying(found),
  };
}

// All that was not told of one by one.
function fileCauses(lowered: readonly LoweredLimit[], found: Case): readonly Cause[] {
  const { changes, drift, site } = found.plan;
  const told = new Set([...drift, ...lowered].map(({ file }) => file));
  const files = changes.flatMap(({ kind, path }) => {
    return told.has(wholePath(path)) ? [] : [{ source: wholePath(path), figure: FIGURES[kind] }];
  });
  if (files.length === 0) return [];
  const verb = files.length === 1 ? 'is' : 'are';
  return [
    {
      weight: WEIGHTS.other,
      subject: `${site}.slice`,
      message: `${count(files.length, 'unit file')} ${verb} not as policy says: ${listing(files.map(({ source }) => source))}`,
      evidence: files.slice(0, SHOWN),
      wayOut: applying(found),
    },
  ];
}

const FIGURES = {
  create: 'not there',
  update: 'other than policy says',
  adopt: 'not written by ds01-policy',
  remove: 'of a slice that policy does not have',
  clear: 'written by systemctl set-property',
} as const;

/** So many files are named as evidence. */
const SHOWN = 10;

// Who brings policy into force, on this host and now.
function applying({ plan: { changes, guards, conflicts, drift }, lags }: Case): string {
  const isRefused = guards.length > 0 || conflicts.length > 0 || drift.some(({ action }) => action === 'refuse');
  if (isRefused) return 'ds01-policy plan shows what changes, and what stands in the way';
  const adopt = changes.some(({ kind }) => kind === 'adopt') ? ' --adopt' : '';
  const byHand = `ds01-policy plan shows what changes, and ds01-policy apply${adopt} does it`;
  // No timer takes over what somebody wrote.
  if (lags === undefined || adopt !== '') return byHand;
  const isStuck = lags.some(({ kind }) => kind === 'waiting' || kind === 'backoff' || kind === 'failed');
  return isStuck
    ? 'ds01-policy status says why no run of the timer has done it'
    : `the next run of the timer does it; ${byHand} at once`;
}

function guardCauses({ plan: { guards, reloadGuard, site } }: Case): readonly Cause[] {
  const told = guards.map((guard) => ({ guard, message: `${guard.message} [${guard.id}]: nothing is applied` }));
  // What a plan would do is told; what whoever has systemd read the files as they are would do, is not yet.
  const reload = reloadGuard && !guards.some(({ message }) => message === reloadGuard.message);
  const all = [
    ...told,
    ...(reload
      ? [{ guard: reloadGuard, message: `systemctl daemon-reload ${reloadGuard.message} [${reloadGuard.id}]` }]
      : []),
  ];
  return all.map(({ guard: { id, wayOut }, message }) => {
    const evidence = [{ source: 'ds01-policy plan', figure: `guard ${id}` }];
    return { weight: WEIGHTS.other, subject: `${site}.slice`, message, evidence, wayOut };
  });
}

function conflictCauses({ plan: { conflicts } }: Case): readonly Cause[] {
  return conflicts.map(({ path, message }) => ({
    weight: WEIGHTS.other,
    subject: wholePath(path),
    message: `${wholePath(path)} ${message}, and nothing is applied while it is there`,
    evidence: [{ source: wholePath(path), figure: message }],
    wayOut: 'move it away if policy shall decide about this slice',
  }));
}

function foreignCauses({ plan: { foreign, site } }: Case): readonly Cause[] {
  if (foreign.length === 0) return [];
  const files = foreign.map(wholePath);
  return [
    {
      weight: WEIGHTS.foreign,
      subject: `${site}.slice`,
      message: `${count(files.length, 'file')} of site "${site}" that ds01-policy did not write, and policy says nothing about: ${listing(files)}`,
      evidence: files.slice(0, SHOWN).map((source) => ({ source, figure: 'not written by ds01-policy' })),
      wayOut:
        files.length === 1
          ? 'take it away, or say in policy what it is for'
          : 'take them away, or say in policy what they are for',
    },
  ];
}

// In the words of `plan` and `status`.
function notesOf({ plan: { drift, draining, accountingOnly, site } }: Case): readonly string[] {
  const left = drift.filter((entry) => entry.action === 'report' && !isLower(entry));
  const units = `left alone: ${count(accountingOnly.length, 'unit')} of site "${site}" without any limit, made by other tools`;
  return [
    ...left.map(({ message, wayOut }) => `${message}; ${wayOut}`),
    ...draining.map(({ slice, to, work }) => {
      const next = to === undefined ? '' : `; new work goes to ${to}`;
      return `${slice} keeps its limits until these have ended or were made anew: ${listing(work)}${next}`;
    }),
    ...(accountingOnly.length === 0 ? [] : [units]),
  ];
}
