import type { ApplyEvent, CommitName, Instant, Standing } from '../follow/record.ts';
import type { RunReport } from '../follow/run-report.ts';
import type { Expiry } from '../policy/next-expiry.ts';
import type { GroupEntitlement, Resolved } from '../policy/resolve.ts';
import type { Throttling } from '../units/counters.ts';
import type { Drift } from '../units/drift.ts';
import type { Plan } from '../units/plan.ts';
import type { SliceUse } from '../units/slice-use.ts';
import { expositionText, type Metric, type Sample } from './exposition.ts';

/** What a run knows at its end, however it ended; what is absent it did not get to know. */
export interface MetricsInput {
  /** Name of the host in `hosts` of site.yaml. */
  readonly host: string;
  readonly run: RunReport;
  readonly standing: Standing;
  /** How the newest apply of the history ended. */
  readonly lastApply?: ApplyEvent['result'] | undefined;
  /** What the unprivileged step said last: `at` is since when it fails, if it does. */
  readonly fetched?: { readonly at: Instant; readonly failure?: string } | undefined;
  readonly policy?: Resolved | undefined;
  /** The first end of a grant. */
  readonly expiry?: Expiry | undefined;
  /** The plan of the run, with the drift that it found. */
  readonly plan?: Plan | undefined;
  /** Every slice of the site that runs. */
  readonly slices?: readonly SliceUse[] | undefined;
}

/**
 * The metrics of a host for the textfile collector of node_exporter. There is one time series for each group, each slice
 * that runs, and the newest commits: never one for each account that policy knows, and none for containers.
 */
export function metricsText(input: MetricsInput): string {
  return expositionText([
    info('host', 'The name that policy has for this host.', { host: input.host }),
    ...runMetrics(input),
    ...commitMetrics(input),
    ...pauseMetrics(input),
    ...policyMetrics(input),
    ...useMetrics(input.slices ?? []),
    ...limitMetrics(input),
  ]);
}

function runMetrics({ run, fetched }: MetricsInput): readonly Metric[] {
  const { backoff } = run;
  const success = run.exitCode === 0 ? run.at : run.succeededAt;
  return [
    gauge('last_run_timestamp_seconds', 'When the newest run began.', seconds(run.at)),
    gauge('last_run_duration_seconds', 'How long the newest run took.', run.seconds),
    gauge('last_run_exit_code', 'The exit code of the newest run; 0 is success.', run.exitCode),
    gauge(
      'last_success_timestamp_seconds',
      'When a run last exited 0; 0 if none did since the machine was started.',
      seconds(success),
    ),
    gauge(
      'last_verified_timestamp_seconds',
      'When a run last found the newest trusted commit in force; 0 if none did since the machine was started.',
      seconds(run.verifiedAt),
    ),
    gauge('backoff_failures', 'How often in a row the host was at fault.', backoff?.failures ?? 0),
    gauge(
      'next_try_timestamp_seconds',
      'When the next try after a fault of the host is due; 0 if nothing has to wait.',
      seconds(backoff?.until),
    ),
    gauge(
      'fetch_failing_since_timestamp_seconds',
      'Since when the remote cannot be fetched from; 0 if it can.',
      fetched && seconds(fetched.failure === undefined ? undefined : fetched.at),
    ),
  ];
}

function commitMetrics({ run, standing, lastApply }: MetricsInput): readonly Metric[] {
  const { applied, refused, stopped } = standing;
  const pending = run.newest !== undefined && run.newest !== applied?.commit;
  const failed = lastApply === 'restored' || lastApply === 'untouched';
  return [
    commit('applied_commit', 'The commit that the host holds.', applied?.commit),
    gauge('applied_timestamp_seconds', 'Since when it holds it; 0 if it holds none.', seconds(applied?.at)),
    commit('newest_commit', 'The newest commit that came, trusted or not.', run.newest),
    gauge('pending', 'Whether the newest commit is not the one that the host holds.', flag(pending)),
    gauge('refused', 'Whether a commit is refused, and not tried again.', flag(refused !== undefined)),
    commit('refused_commit', 'The commit that is refused.', refused?.commit),
    gauge('restored', 'Whether the newest apply failed, and the host is as it was before.', flag(failed)),
    gauge('degraded', 'Whether the newest apply failed and could not be taken back.', flag(lastApply === 'broken')),
    gauge('drift_stopped', 'Whether drift came back too often and is left alone.', flag(stopped !== undefined)),
  ];
}

// A pause that is over stays in the record until the next one, and says nothing any more.
function pauseMetrics({ run, standing }: MetricsInput): readonly Metric[] {
  const pause = seconds(standing.pause?.until) > seconds(run.at) ? standing.pause : undefined;
  return [
    gauge('paused_since_timestamp_seconds', 'When the pause began; 0 if there is none.', seconds(pause?.since)),
    gauge(
      'paused_until_timestamp_seconds',
      'When the pause ends by itself; 0 if there is none.',
      seconds(pause?.until),
    ),
  ];
}

const ACTIONS: readonly Drift['action'][] = ['clear', 'reload', 'refuse', 'report'];

function policyMetrics({ policy, expiry, plan }: MetricsInput): readonly Metric[] {
  const members = [...(policy?.groups.keys() ?? [])].map((group) => {
    return { labels: { group }, value: activeAccounts(policy, group) };
  });
  const drift =
    plan &&
    ACTIONS.map((action) => {
      return { labels: { action }, value: plan.drift.filter((each) => each.action === action).length };
    });
  return [
    metric('group_members', 'Accounts with a grant for the group that holds today.', members),
    metric('drift_limits', 'Limits that something else than policy had set, by what is done about them.', drift ?? []),
    gauge('next_expiry_timestamp_seconds', 'When the next grant ends.', expiry && expiry.end.getTime() / 1000),
  ];
}

function activeAccounts(policy: Resolved | undefined, group: string): number {
  const accounts = [...(policy?.accounts.values() ?? [])];
  return accounts.filter(({ state, group: entitled }) => state === 'active' && entitled.group.name === group).length;
}

function useMetrics(slices: readonly SliceUse[]): readonly Metric[] {
  const each = (read: (use: SliceUse) => number | undefined) => perSlice(slices, read);
  const waits = (key: keyof Throttling) => each(({ throttling }) => throttling?.[key]);
  return [
    metric(
      'slice_tasks',
      'Tasks in the slice now.',
      each(({ tasks }) => tasks),
    ),
    metric(
      'slice_memory_bytes',
      'Memory in use now, with caches that can be given back.',
      each(({ memory }) => memory),
    ),
    counter('slice_cpu_periods_total', 'Periods of the CPU quota in which anything ran.', waits('periods')),
    counter('slice_cpu_throttled_periods_total', 'Periods in which the CPU quota was used up.', waits('throttled')),
    counter(
      'slice_cpu_throttled_seconds_total',
      'How long work had to wait for the CPU quota, over all CPUs.',
      waits('seconds'),
    ),
  ];
}

// What the kernel enforces, where a slice runs; a group in which nothing runs has no cgroup, and what policy says waits.
function limitMetrics({ policy, slices = [] }: MetricsInput): readonly Metric[] {
  const running = new Set(slices.map(({ slice }) => slice));
  const idle = [...(policy?.groups.values() ?? [])].filter(({ slice }) => !running.has(slice)).map(promised);
  const each = (read: (limits: SliceUse['limits']) => number | undefined) => {
    return perSlice([...slices, ...idle], ({ limits }) => read(limits));
  };
  const tasks = each(({ tasksMax }) => tasksMax);
  const memory = each(({ memoryMax }) => memoryMax);
  const cores = each(({ cpuQuota }) => (cpuQuota === undefined ? undefined : cpuQuota / 100));
  return [
    metric('slice_tasks_limit', 'The most tasks of the slice; +Inf is no limit.', tasks),
    metric('slice_memory_limit_bytes', 'The most memory of the slice; +Inf is no limit.', memory),
    metric('slice_cpu_limit_cores', 'The CPU quota of the slice, in CPUs; +Inf is no limit.', cores),
  ];
}

function promised({ slice, limits: { per_group } }: GroupEntitlement): Pick<SliceUse, 'slice' | 'limits'> {
  const { cpu_quota, memory_max, tasks_max } = per_group;
  const limits = {
    cpuQuota: cpu_quota?.value ?? NO_LIMIT,
    memoryMax: memory_max?.value ?? NO_LIMIT,
    tasksMax: tasks_max?.value ?? NO_LIMIT,
  };
  return { slice, limits };
}

const NO_LIMIT = Number.POSITIVE_INFINITY;

function perSlice<S extends { readonly slice: string }>(
  slices: readonly S[],
  read: (slice: S) => number | undefined,
): readonly Sample[] {
  return slices.flatMap((each) => {
    const value = read(each);
    return value === undefined ? [] : [{ labels: { slice: each.slice }, value }];
  });
}

function metric(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `ds01_policy_${name}`, type: 'gauge', help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { ...metric(name, help, samples), type: 'counter' };
}

function gauge(name: string, help: string, value: number | undefined): Metric {
  return metric(name, help, value === undefined ? [] : [{ value }]);
}

// What is no number is a label of the number one.
function info(name: string, help: string, labels: Readonly<Record<string, string>>): Metric {
  return metric(`${name}_info`, help, [{ labels, value: 1 }]);
}

function commit(name: string, help: string, value: CommitName | undefined): Metric {
  return value === undefined ? metric(`${name}_info`, help, []) : info(name, help, { commit: value });
}

// Since 1970; 0 where there is no moment.
function seconds(instant: Instant | undefined): number {
  return instant === undefined ? 0 : Date.parse(instant) / 1000;
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}
