import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type MetricsInput, metricsText } from '../scripts/report/metrics.ts';
import { APPLIED, fullInput, NEWEST } from './support/metrics-input.ts';
import { REPOSITORY } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const FOLDER = join(REPOSITORY, 'docs/monitoring');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly datasource: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly datasource: unknown; readonly expr: string }[];
}

interface Dashboard {
  readonly id: null;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
}

const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const alerts = parse(read('alerts.yaml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
const rules = alerts.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

function metricsIn(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => text.match(/\bds01_policy_[a-z_]+/g) ?? []));
}

const printed = metricsIn(metricsText(fullInput()).split('\n'));

describe('alerts and the dashboard', () => {
  it('ask for metrics only that there are', () => {
    const variables = dashboard.templating.list.map(({ query }) => JSON.stringify(query));
    const asked = metricsIn([...rules.map(({ expr }) => expr), ...queries, ...variables]);
    expect(asked.size).toBeGreaterThan(20);
    expect([...asked].filter((name) => !printed.has(name))).toEqual([]);
  });

  it('use every metric, or the README says what it is for', () => {
    const used = metricsIn([...rules.map(({ expr }) => expr), ...queries, read('README.md')]);
    expect([...printed].filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('alerts', () => {
  it('have a name of their own, say how bad it is, on which host, and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^DS01Policy[A-Z][A-Za-z]+$/);
      expect(labels.severity).toMatch(/^(critical|warning|info)$/);
      if (alert !== 'DS01PolicyMetricsMissing') expect(annotations.summary).toContain('{{ $labels.instance }}');
      expect(annotations.description).toMatch(/^[A-Z].*[.]$/);
    }
  });
});

describe('the dashboard', () => {
  it('asks the data source that is chosen, and knows none of an instance', () => {
    const chosen = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };
    expect(dashboard.id).toBeNull();
    expect(dashboard.templating.list.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'datasource datasource',
      'instance query',
    ]);
    for (const { datasource, targets } of dashboard.panels)
      expect([datasource, ...targets.map((target) => target.datasource)]).toEqual([
        chosen,
        ...targets.map(() => chosen),
      ]);
    for (const query of queries) expect(query).toMatch(/instance=~"\$instance"/);
  });

  it('has panels with an id each, that do not lie on each other', () => {
    const taken = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      return Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`);
    });
    expect(new Set(taken).size).toBe(taken.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

const HAS_PROMTOOL = !execaSync('promtool', ['--version'], { reject: false }).failed;
if (!HAS_PROMTOOL) console.warn('promtool is not installed: what Prometheus makes of metrics and alerts is not tested');

const LABELS = 'instance="gpu-1:9100",job="node"';
const FILE = '/var/lib/prometheus/node-exporter/ds01_policy.prom';
// The clock of `promtool test rules` begins in 1970; a pause may have begun the day before.
const RUN = new Date('1970-01-02T02:00:00.000Z');
const RUN_MINUTE = RUN.getTime() / 60_000;

function before(minutes: number): string {
  return new Date(RUN.getTime() - minutes * 60_000).toISOString();
}

const STANDING = { applied: { commit: APPLIED, at: before(60) } };

/** A host on which all is well, apart from what is given. */
function hostWith(more: Partial<MetricsInput> = {}): MetricsInput {
  const run = {
    version: 1,
    at: before(0),
    seconds: 1,
    exitCode: 0,
    outcome: '',
    newest: APPLIED,
    verifiedAt: before(0),
  };
  return {
    host: 'gpu-1',
    run: { ...run, version: 1 },
    standing: STANDING,
    lastApply: 'applied',
    fetched: { at: before(60) },
    ...more,
  };
}

/** Which alerts fire so many minutes after the run, if nothing has been written since. */
async function firing(input: MetricsInput, minutes: number): Promise<readonly string[]> {
  const text = `${metricsText(input)}\nnode_textfile_scrape_error 0\nnode_textfile_mtime_seconds{file="${FILE}"} ${RUN.getTime() / 1000}`;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const input_series = lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^([a-z0-9_]+)(?:[{](.*)[}])? [+]?(\S+)$/.exec(line) ?? [];
    const all = [LABELS, labels].filter((each) => each !== '').join(',');
    return { series: `${name}{${all}}`, values: `_x${RUN_MINUTE - 1}${` ${value}`.repeat(minutes + 1)}` };
  });
  const fires = { expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: `${RUN_MINUTE + minutes}m` };
  const tests = [{ interval: '1m', input_series, promql_expr_test: [{ ...fires, exp_samples: [] }] }];
  const file = join(temporaryFolder(), 'test.yaml');
  writeFileSync(file, JSON.stringify({ rule_files: [join(FOLDER, 'alerts.yaml')], evaluation_interval: '5m', tests }));
  const { all } = await execa('promtool', ['test', 'rules', file], { reject: false, all: true });
  expect(all).toMatch(/\bSUCCESS\b|\bgot: [{]/);
  return [...all.matchAll(/alertname="([A-Za-z0-9]+)"/g)].map(([, name = '']) => name.replace('DS01Policy', '')).sort();
}

describe.skipIf(!HAS_PROMTOOL)('Prometheus', () => {
  it('reads the metrics and the alerts, and has nothing to say', async () => {
    const input = metricsText(fullInput());
    expect(await execa('promtool', ['check', 'metrics'], { input, all: true })).toMatchObject({ all: '' });
    await execa('promtool', ['check', 'rules', join(FOLDER, 'alerts.yaml')]);
  });

  const well = hostWith();
  const { applied } = STANDING;
  const refused = { commit: NEWEST, at: before(0), exitCode: 3, why: 'w' } as const;
  const pause = (minutes: number) =>
    ({ since: before(minutes), until: before(-600), reason: 'r', grants: 'keep' }) as const;
  const behind = { ...well.run, newest: NEWEST };
  const busy = { slice: 'ds01-student.slice', tasks: 4000, limits: { tasksMax: 4096 } };

  it.each<readonly [string, MetricsInput, number, readonly string[]]>([
    ['of a host on which all is well', well, 10, []],
    ['of one that has stopped', well, 25, ['NotRunning', 'NotVerified', 'TextfileStale']],
    [
      'of a pause, which is no news',
      hostWith({ run: { ...behind, verifiedAt: before(60) }, standing: { applied, pause: pause(60) } }),
      10,
      [],
    ],
    ['of a pause that lasts', hostWith({ run: behind, standing: { applied, pause: pause(1500) } }), 10, ['PausedLong']],
    [
      'of a refusal, which explains why it is behind',
      hostWith({ run: behind, standing: { applied, refused } }),
      25,
      ['NotRunning', 'NotVerified', 'Refused', 'TextfileStale'],
    ],
    ['of a host that is behind', hostWith({ run: behind }), 15, ['HostBehind']],
    ['of an apply that was taken back', hostWith({ lastApply: 'restored' }), 0, ['Restored']],
    [
      'of all that can go wrong',
      hostWith({
        run: { ...well.run, backoff: { failures: 3, until: before(-4) } },
        standing: { applied, stopped: { since: before(9), what: 'w' } },
        lastApply: 'broken',
        fetched: { at: before(31), failure: 'f' },
        expiry: { day: '1970-01-02', end: new Date(RUN.getTime() + 86_400_000) },
        plan: fullInput().plan,
        slices: [busy, { ...busy, slice: 'ds01.slice', limits: { tasksMax: Number.POSITIVE_INFINITY } }],
      }),
      15,
      ['Degraded', 'Drift', 'DriftStopped', 'GrantExpiresSoon', 'HostFailing', 'RemoteUnreachable', 'TasksNearLimit'],
    ],
  ])('tells %s', async (_, input, minutes, expected) => {
    expect(await firing(input, minutes)).toEqual(expected);
  });
});
