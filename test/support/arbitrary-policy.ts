import fc from 'fast-check';
import { slugOf } from '../../scripts/policy/account.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { ANSWERABLE } from '../../scripts/units/guards.ts';
import { policyFile } from './policy-files.ts';

/** A map of one policy file, before it is text. */
type Content = Readonly<Record<string, unknown>>;

/** A whole policy as plain values: what a generated one consists of. */
export interface PolicyModel {
  readonly site: Content;
  readonly groups: Readonly<Record<string, Content>>;
  readonly members: readonly (Content & { readonly accounts: readonly string[] })[];
  readonly answers: readonly Content[];
}

/** The day in the middle of all generated grants: some are over by then, some have not begun. */
export const TODAY = '2026-06-15';

/** The accounts that generated members are made of, the same for every policy, so that two policies have some in common. */
const NAMES = ['m1', 'm2', 'a.member', 'b-member', 'c_member', '2042140', 'x'.repeat(40), 'd--e', '_f', 'g7', 'h', 'i'];
const DOMAIN = 'example.org';
const GROUPS = ['researcher', 'lab_2', 'x9'];

const percent = fc.oneof(
  fc.constant('unlimited'),
  fc.integer({ min: 100, max: 999_900 }).map((n) => `${n}%`),
);
const weight = fc.integer({ min: 1, max: 10_000 });
const tasks = fc.oneof(fc.constant('unlimited'), fc.integer({ min: 4096, max: 4_194_304 }));
const count = fc.oneof(fc.constant('unlimited'), fc.integer({ min: 0, max: 1024 }));
const cores = fc.oneof(
  fc.constant('unlimited'),
  fc.integer({ min: 1, max: 999_900 }).map((n) => n / 100),
);
const duration = fc.oneof(
  fc.constant('unlimited'),
  fc
    .tuple(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('s', 'min', 'h', 'd'))
    .map(([n, unit]) => `${n}${unit}`),
);
const fraction = fc.constantFrom('', '.5', '.25', '.75');
// Below every generated memory_max, as rule memory-order wants it, whichever file each of them comes from.
const high = gigabytes(1, 100);
const max = fc.oneof(fc.constant('unlimited'), gigabytes(101, 900), fc.constantFrom('1T', '1.5T', '1024G'));
const size = fc.oneof(
  max,
  fc.integer({ min: 256, max: 9999 }).map((n) => `${n}M`),
);
const rate = fc
  .tuple(fc.integer({ min: 1, max: 999_999 }), fraction, fc.constantFrom('K', 'M', 'G', 'T'))
  .map((parts) => parts.join(''));
const device = fc.constantFrom('/dev/sda', '/dev/nvme0n1', '/dev/disk/by-id/a_b.c:d-e', '/dev/mapper/x');
const rates = fc.oneof(fc.constant('unlimited'), fc.dictionary(device, rate, { minKeys: 1, maxKeys: 3 }));
const cpuList = fc.oneof(
  fc.constant('unlimited'),
  fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 12 }).map(rangesOf),
);

const harmless = {
  cpu_weight: weight,
  memory_swap_max: size,
  io_weight: weight,
  io_read_bandwidth_max: rates,
  io_write_bandwidth_max: rates,
  allowed_cpus: cpuList,
};
const slice = { ...harmless, cpu_quota: percent, memory_high: high, memory_max: max, tasks_max: tasks };
const container = {
  cpus: cores,
  memory: size,
  shm_size: size,
  pids_limit: tasks,
  gpus: count,
  max_containers: count,
  idle_timeout: duration,
  max_runtime: duration,
};
const NO_LIMIT = { cpu_quota: 'unlimited', memory_max: 'unlimited', tasks_max: 'unlimited' };

const day = fc.constantFrom('2025-12-05', '2026-06-14', TODAY, '2026-06-16', '2028-02-29');
const grant = fc
  .tuple(day, fc.oneof(day, fc.constant('never')))
  .map(([granted, expires]) => (granted <= expires ? { granted, expires } : { granted: expires, expires: granted }));
const text = fc
  .array(
    fc.constantFrom('a', 'B', '9', ' ', '%', '%n', ';', '#', '=', '"', "'", '[', ']', '|', '`', '<', '&', '€', '😀'),
    {
      minLength: 1,
      maxLength: 20,
    },
  )
  .map((parts) => parts.join('').trim() || 'x');

const answer = fc.record({
  guard: fc.constantFrom(...ANSWERABLE),
  objects: fc.uniqueArray(fc.constantFrom(...NAMES.map(slugOf)), { minLength: 1, maxLength: 3 }),
  reason: fc.constant('r'),
  expires: day,
});

/**
 * Policies without an error: groups, members with limits of their own, all limits there are, grants in all states, answers
 * to guards.
 */
export const policyModels: fc.Arbitrary<PolicyModel> = fc
  .record({
    siteLimits: scopes({ per_member: part(harmless), per_container: part(container) }),
    chosen: fc.subarray(GROUPS, { minLength: 1 }),
    groups: fc.tuple(...['student', ...GROUPS].map(() => group(slice))),
    admin: group(harmless, NO_LIMIT),
    members: fc
      .shuffledSubarray(NAMES, { minLength: 2 })
      .chain((names) => fc.tuple(...pairs(names).map((accounts) => member(accounts)))),
    adminAccounts: fc.subarray(['root1', 'root2'], { minLength: 1 }),
    answers: fc.uniqueArray(answer, {
      maxLength: 3,
      selector: ({ guard, objects }) => `${guard} ${[...objects].sort()}`,
    }),
  })
  .map(({ siteLimits, chosen, groups: [student = {}, ...others], admin, members, adminAccounts, answers }) => {
    const named = GROUPS.flatMap((name, index) =>
      chosen.includes(name) ? [[name, others[index] ?? {}] as const] : [],
    );
    const groups: Record<string, Content> = { student, admin, ...Object.fromEntries(named) };
    const names = ['student', ...chosen];
    const rest = members.map(({ wish, ...content }) => ({ ...content, group: names[wish % names.length] }));
    const admins = {
      accounts: adminAccounts.map(at),
      group: 'admin',
      reason: 'r',
      granted: '2025-01-01',
      expires: 'never',
    };
    return { site: siteOf(siteLimits), groups, members: [admins, ...rest], answers };
  });

/** The files of a policy, in the order of the model. */
export function policyFilesOf({ site, groups, members, answers }: PolicyModel): readonly PolicyFile[] {
  return [
    policyFile('site.yaml', yaml(site)),
    ...Object.entries(groups).map(([name, content]) => policyFile(`groups/${name}.yaml`, yaml(content))),
    ...members.map((content) => policyFile(`members/${slugOf(content.accounts[0] ?? '')}.yaml`, yaml(content))),
    ...(answers.length === 0 ? [] : [policyFile('allow.yaml', yaml({ answers }))]),
  ];
}

function siteOf(limits: Content | undefined): Content {
  return {
    version: 1,
    name: 'lab',
    default_group: 'student',
    admin_group: 'admin',
    time_zone: 'Europe/Berlin',
    account_domain: DOMAIN,
    hosts: { big: { cpus: 9999, gpus: 1024 } },
    ...(limits && { limits }),
  };
}

function group(limits: Fields, always: Content = {}): fc.Arbitrary<Content> {
  const required = fc.record({ cpu_quota: percent, memory_max: max, tasks_max: tasks });
  const perGroup = fc.tuple(required, part(limits)).map(([a, b]) => ({ ...a, ...b, ...always }));
  return fc.record({
    description: text,
    limits: scopes({ per_member: part(limits), per_container: part(container) }).chain((others) =>
      perGroup.map((per_group) => ({ per_group, ...others })),
    ),
  });
}

function member(accounts: readonly string[]): fc.Arbitrary<Content & { accounts: readonly string[]; wish: number }> {
  const own = scopes({ per_member: part(slice), per_container: part(container) });
  return fc
    .record({ wish: fc.nat(11), grant, own: fc.option(own, { nil: undefined }), known: fc.boolean() })
    .map(({ wish, grant: dates, own: limits, known }) => {
      const github = accounts[0]?.replace(/[^a-z0-9]/g, '').slice(0, 39);
      const more = { ...(known && { github }), ...(limits && { limits }) };
      return { accounts: accounts.map(at), wish, reason: 'r', ...dates, ...more };
    });
}

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

// Some of the fields, in any order.
function part(fields: Fields): fc.Arbitrary<Content> {
  return fc.record(fields, { requiredKeys: [] });
}

// An empty scope is an error in policy, and so are limits without a scope.
function scopes(parts: Readonly<Record<string, fc.Arbitrary<Content>>>): fc.Arbitrary<Content | undefined> {
  return fc.record(parts, { requiredKeys: [] }).map((all) => {
    const filled = Object.entries(all).filter(([, content]) => Object.keys(content as Content).length > 0);
    return filled.length === 0 ? undefined : Object.fromEntries(filled);
  });
}

// Members of one account, and now and then of two.
function pairs(names: readonly string[]): readonly (readonly string[])[] {
  return names.flatMap((name, index) => {
    if (index % 4 === 3) return [];
    return [index % 4 === 2 ? [name, ...names.slice(index + 1, index + 2)] : [name]];
  });
}

function at(name: string): string {
  return `${name}@${DOMAIN}`;
}

function gigabytes(from: number, to: number): fc.Arbitrary<string> {
  return fc.tuple(fc.integer({ min: from, max: to }), fraction).map(([n, part]) => `${n}${n < to ? part : ''}G`);
}

function rangesOf(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

// JSON in block style at the top: each key has a line of its own, as in files that people write.
function yaml(content: Content): string {
  const lines = Object.entries(content).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`],
  );
  return `${lines.join('\n')}\n`;
}
