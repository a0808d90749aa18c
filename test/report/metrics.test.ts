import { describe, expect, it } from 'vitest';
import { type MetricsInput, metricsText } from '../../scripts/report/metrics.ts';
import { HOSTILE } from '../support/hostile-plan.ts';
import { APPLIED, fullInput } from '../support/metrics-input.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

/** A host that has just been set up: a run, and nothing else. */
const NEW: MetricsInput = {
  host: 'gpu-1',
  run: { version: 1, at: '2026-06-15T10:00:00.000Z', seconds: 1, exitCode: 0, outcome: 'nothing came yet' },
  standing: {},
};

function numbers(input: MetricsInput): Readonly<Record<string, string>> {
  const lines = metricsText(input)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.replace(/ [^ ]*$/, '').replace('ds01_policy_', ''), line.replace(/^.* /, '')]),
  );
}

describe('the metrics of a host', () => {
  it('are these, to the byte', async () => {
    await expect(metricsText(fullInput())).toMatchFileSnapshot('metrics.prom');
    expect(metricsText(fullInput())).toBe(metricsText(fullInput()));
  });

  it('say what is known after the first run, and leave out what is not', () => {
    expect(numbers(NEW)).toEqual({
      'host_info{host="gpu-1"}': '1',
      last_run_timestamp_seconds: '1781517600',
      last_run_duration_seconds: '1',
      last_run_exit_code: '0',
      last_success_timestamp_seconds: '1781517600',
      last_verified_timestamp_seconds: '0',
      backoff_failures: '0',
      next_try_timestamp_seconds: '0',
      applied_timestamp_seconds: '0',
      pending: '0',
      refused: '0',
      restored: '0',
      degraded: '0',
      drift_stopped: '0',
      paused_since_timestamp_seconds: '0',
      paused_until_timestamp_seconds: '0',
    });
  });

  it('tell a success from a run that failed after it', () => {
    const failed = { ...NEW.run, exitCode: 4 };
    expect(numbers({ ...NEW, run: failed }).last_success_timestamp_seconds).toBe('0');
    const succeededAt = '2026-06-15T09:00:00.000Z';
    expect(numbers({ ...NEW, run: { ...failed, succeededAt } }).last_success_timestamp_seconds).toBe('1781514000');
    // A success is newer than the one before.
    expect(numbers({ ...NEW, run: { ...NEW.run, succeededAt } }).last_success_timestamp_seconds).toBe('1781517600');
  });

  it('tell a host that was restored from one that is degraded, and from one that is well', () => {
    const of = (lastApply: MetricsInput['lastApply']) => {
      const { restored, degraded } = numbers({ ...NEW, lastApply });
      return `${restored} ${degraded}`;
    };
    expect([of('applied'), of('untouched'), of('restored'), of('broken')]).toEqual(['0 0', '1 0', '1 0', '0 1']);
  });

  it('tell whether the newest commit is the one that the host holds', () => {
    const standing = { applied: { commit: APPLIED, at: NEW.run.at } };
    const of = (newest: string) => numbers({ ...NEW, run: { ...NEW.run, newest }, standing }).pending;
    expect([of(APPLIED), of('c'.repeat(40))]).toEqual(['0', '1']);
    expect(numbers({ ...NEW, run: { ...NEW.run, newest: APPLIED } }).pending).toBe('1');
  });

  it('know no pause any more when it is over', () => {
    const pause = { since: '2026-06-15T09:00:00.000Z', until: NEW.run.at, reason: 'r', grants: 'keep' } as const;
    const over = numbers({ ...NEW, standing: { pause } });
    expect([over.paused_since_timestamp_seconds, over.paused_until_timestamp_seconds]).toEqual(['0', '0']);
  });

  it('say that the remote answers', () => {
    const fetched = { at: '2026-06-15T09:58:00.000Z' };
    expect(numbers({ ...NEW, fetched }).fetch_failing_since_timestamp_seconds).toBe('0');
  });

  it('have the limits that policy says, where nothing runs', () => {
    const found = numbers({ ...NEW, policy: resolvePolicy() });
    expect(found['slice_tasks_limit{slice="ds01-student.slice"}']).toBe('65536');
    expect(found['slice_cpu_limit_cores{slice="ds01-student.slice"}']).toBe('16');
    expect(found['slice_memory_limit_bytes{slice="ds01-admin.slice"}']).toBe('+Inf');
    expect(found['slice_tasks{slice="ds01-student.slice"}']).toBeUndefined();
  });

  it('leave out what the kernel does not say of a slice', () => {
    const found = numbers({ ...NEW, slices: [{ slice: 'ds01.slice', tasks: 1, limits: {} }] });
    expect(Object.keys(found).filter((name) => name.includes('ds01.slice'))).toEqual([
      'slice_tasks{slice="ds01.slice"}',
    ]);
  });

  it('stay lines of metrics whatever is in a name', () => {
    const text = metricsText({ ...fullInput(), host: HOSTILE, slices: [{ slice: HOSTILE, tasks: 1, limits: {} }] });
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) )?ds01_policy_[a-z_]+([{]([a-z_]+="([^"\\]|\\.)*",?)+[}])? ?/);
    expect(text.split('\n').filter((line) => !/^(# |ds01_policy_|$)/.test(line))).toEqual([]);
  });
});
