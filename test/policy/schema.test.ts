import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { check } from '../../scripts/policy/check.ts';
import { CONTAINER_FIELDS, SLICE_FIELDS } from '../../scripts/policy/fields.ts';
import { flow } from '../../scripts/policy/flow.ts';
import { readAllow, readGroup, readMember, readSite } from '../../scripts/policy/read-document.ts';
import { SCHEMAS } from '../../scripts/policy/schema.ts';
import { readSource } from '../../scripts/policy/source.ts';
import { ANSWERABLE } from '../../scripts/units/guards.ts';
import { policyFile } from '../support/policy-files.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Every schema that something can be written against, by its JSON pointer. */
function* schemasIn(schema: Schema, at: string): Iterable<readonly [string, Schema]> {
  if (at.includes('#/')) yield [at, schema];
  for (const [key, inner] of Object.entries(schema.$defs ?? {})) yield* schemasIn(inner, `${at}/$defs/${key}`);
  for (const [key, inner] of Object.entries(schema.properties ?? {}))
    yield* schemasIn(inner, `${at}/properties/${key}`);
  for (const word of ['additionalProperties', 'propertyNames', 'items'] as const) {
    const inner = schema[word];
    // Rates of devices are limits: the kind of value explains what is wrong with them, not their schema.
    if (typeof inner === 'object' && !at.endsWith('/device_rates')) yield* schemasIn(inner, `${at}/${word}`);
  }
}

const ALL = Object.values(SCHEMAS).flatMap((schema) => [...schemasIn(schema as Schema, `${schema.$id}#`)]);
const ROOTS = [SCHEMAS.site, SCHEMAS.group, SCHEMAS.member, SCHEMAS.allow].map(
  (schema) => [`${schema.$id}#`, schema as Schema] as const,
);
const LIMITS = SCHEMAS.limits.$defs as Readonly<Record<string, Schema>>;

/** A schema with what stands behind its `$ref`; its own words win. */
function followed(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const pointer = schema.$ref.replace(/^.*#/, '');
  const [, target] = ALL.find(([at]) => at.endsWith(`#${pointer}`))!;
  return { ...followed(target), ...schema };
}

// `required` beside `$ref`, and `pattern` beside a `$ref` to a typed schema, are meant; all else is strict.
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
for (const schema of Object.values(SCHEMAS)) ajv.addSchema(schema);

describe('the schemas', () => {
  it.each(Object.values(SCHEMAS))('$$id is one of draft 2020-12, with all words known', (schema) => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(ajv.validateSchema(schema), JSON.stringify(ajv.errors)).toBe(true);
    expect(() => ajv.getSchema(schema.$id)).not.toThrow();
  });

  it('are all looked at', () => {
    expect(ALL.length).toBeGreaterThan(60);
    expect(ALL.map(([at]) => at)).toContain(
      'site.schema.json#/properties/hosts/additionalProperties/properties/memory',
    );
  });

  // Messages show both: what is missing here is `undefined` there.
  it.each([...ROOTS, ...ALL])('%s has a description for people, and examples that satisfy it', (at, schema) => {
    const { description, examples = [] } = followed(schema);
    expect(description).toMatch(/^[A-Z].*[.]$/s);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(ajv.validate(at, example), `${JSON.stringify(example)}: ${ajv.errorsText()}`).toBe(true);
      // As a message shows it, so it can be written into a file.
      expect(parse(`key: ${flow(example)}`)).toEqual({ key: example });
    }
  });

  it('know the limits of the catalog, in its order, and no others', () => {
    const { slice, per_container, per_group, per_member, device_rates, ...limits } = SCHEMAS.limits.$defs;
    expect(Object.keys(slice.properties)).toEqual(Object.keys(SLICE_FIELDS));
    expect(Object.keys(per_container.properties)).toEqual(Object.keys(CONTAINER_FIELDS));
    expect(Object.keys(limits)).toEqual([...Object.keys(SLICE_FIELDS), ...Object.keys(CONTAINER_FIELDS)]);
    expect([per_group.$ref, per_member.$ref]).toEqual(['#/$defs/slice', '#/$defs/slice']);
    expect(device_rates.oneOf).toHaveLength(2);
    for (const properties of [slice.properties, per_container.properties]) {
      for (const [name, { $ref }] of Object.entries(properties)) expect($ref).toBe(`#/$defs/${name}`);
    }
  });
});

/** A value that writes down by path, without indexes, which of its keys anybody asks for, whether they are there or not. */
function recorded(value: unknown, at: string, asked: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get: (target, key) => {
      const inner: unknown = Reflect.get(target, key);
      if (Array.isArray(target)) return recorded(inner, at, asked);
      if (typeof key !== 'string') return inner;
      asked.add(`${at}/${key}`);
      return recorded(inner, `${at}/${key}`, asked);
    },
  });
}

/** The paths of all keys that a schema has, down to the last; keys that are names are those of the complete documents. */
function keysOf(schema: Schema, at = ''): readonly string[] {
  const { properties = {}, additionalProperties, items } = followed(schema);
  if (items) return keysOf(items, at);
  const named = Object.entries(properties).flatMap(([key, inner]) => [
    `${at}/${key}`,
    ...keysOf(inner, `${at}/${key}`),
  ]);
  if (typeof additionalProperties !== 'object') return named;
  return [...named, `${at}/${HOST}`, ...keysOf(additionalProperties, `${at}/${HOST}`)];
}

const HOST = 'ds01';
const per_slice = Object.fromEntries(Object.keys(SLICE_FIELDS).map((name) => [name, LIMITS[name]!.examples![0]]));
const per_container = Object.fromEntries(
  Object.keys(CONTAINER_FIELDS).map((name) => [name, LIMITS[name]!.examples![0]]),
);
/** Documents that have every key there is. */
const COMPLETE = {
  site: {
    version: 1,
    name: 'ds01',
    default_group: 'student',
    admin_group: 'admin',
    time_zone: 'Europe/Berlin',
    account_domain: 'example.org',
    domain_aliases: ['students.example.org'],
    limits: { per_member: per_slice, per_container },
    drift: 'report',
    guards: { min_tasks_max: 5000 },
    hosts: { [HOST]: { cpus: 128, gpus: 4, memory: '1T' } },
  },
  group: {
    description: 'Students',
    longest_grant: '365d',
    drift: 'enforce',
    limits: { per_group: per_slice, per_member: per_slice, per_container },
  },
  member: {
    accounts: ['100001@example.org'],
    github: 'octo-cat',
    group: 'student',
    reason: 'Work on the example project',
    granted: '2026-01-10',
    expires: '2026-12-31',
    limits: { per_member: per_slice, per_container },
  },
  allow: {
    answers: [
      { guard: 'mass-removal', objects: ['m2', 'm3', 'm1'], reason: 'The course is over', expires: '2026-12-31' },
      { guard: 'group-removal', plan: '0123456789abcdef'.repeat(4), reason: 'No guests', expires: '2026-05-31' },
    ],
  },
};
const READERS = { site: readSite, group: readGroup, member: readMember, allow: readAllow };

function yaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}

it.each(['site', 'group', 'member', 'allow'] as const)(
  'the reader of a %s asks for every key of its schema, and for no other',
  (kind) => {
    const source = readSource('x.yaml', yaml(COMPLETE[kind])).source!;
    expect(ajv.validate(`${kind}.schema.json`, source.value), ajv.errorsText()).toBe(true);
    const asked = new Set<string>();
    READERS[kind]({ ...source, value: recorded(source.value, '', asked) }, 'x', []);
    // The version is looked at before the schema is; only groups have limits of all members together, and all are asked.
    const elsewhere = kind === 'site' ? ['/version'] : [];
    const group = kind === 'group' || kind === 'allow' ? [] : ['/limits/per_group'];
    const keys = [...asked, ...elsewhere].filter((key) => !key.includes('//dev/'));
    expect(keys.sort()).toEqual([...keysOf(SCHEMAS[kind] as Schema), ...group].sort());
  },
);

it('everything that the files of a policy say is in the policy', () => {
  const none = { cpu_quota: 'unlimited', memory_max: 'unlimited', tasks_max: 'unlimited' };
  const admins = {
    description: 'Administrators',
    limits: { per_group: none, per_member: { ...none, memory_high: 'unlimited' } },
  };
  const root = {
    accounts: ['root@example.org'],
    group: 'admin',
    reason: 'It is root',
    granted: '2026-01-10',
    expires: 'never',
  };
  const { policy, findings } = check(
    [
      policyFile('site.yaml', yaml(COMPLETE.site)),
      policyFile('groups/student.yaml', yaml(COMPLETE.group)),
      policyFile('groups/admin.yaml', yaml(admins)),
      policyFile('members/100001.yaml', yaml(COMPLETE.member)),
      policyFile('members/root.yaml', yaml(root)),
      policyFile('allow.yaml', yaml(COMPLETE.allow)),
    ],
    { kind: 'day', day: '2026-06-01' },
  );
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(policy?.site).toMatchObject({
    name: 'ds01',
    defaultGroup: { value: 'student', place: { file: 'site.yaml', line: 3 } },
    adminGroup: 'admin',
    timeZone: 'Europe/Berlin',
    accountDomain: 'example.org',
    domainAliases: ['students.example.org'],
    drift: 'report',
    minTasksMax: 5000,
    hosts: [{ name: 'ds01', cpus: 128, gpus: 4, memory: 2 ** 40 }],
    limits: {
      per_group: {},
      per_member: { cpu_quota: { value: 1600 } },
      per_container: { max_runtime: { value: 604_800 } },
    },
  });
  const student = policy!.groups.get('student')!;
  expect(student).toMatchObject({
    description: 'Students',
    longestGrant: 365,
    drift: 'enforce',
    place: { file: 'groups/student.yaml', line: 1 },
  });
  expect(policy?.members).toMatchObject([
    {
      id: '100001',
      accounts: [{ value: '100001@example.org', place: { line: 2 } }],
      github: 'octo-cat',
      group: { value: 'student', place: { line: 4 } },
      reason: 'Work on the example project',
      granted: { value: '2026-01-10', place: { line: 6 } },
      expires: { value: '2026-12-31', place: { line: 7 } },
    },
    { id: 'root' },
  ]);
  expect(policy?.answers).toEqual([
    {
      ...{ guard: 'mass-removal', objects: ['m1', 'm2', 'm3'], reason: 'The course is over' },
      expires: { value: '2026-12-31', place: { file: 'allow.yaml', line: 8 } },
      place: { file: 'allow.yaml', line: 2 },
    },
    {
      ...{ guard: 'group-removal', plan: '0123456789abcdef'.repeat(4), reason: 'No guests' },
      expires: { value: '2026-05-31', place: { file: 'allow.yaml', line: 12 } },
      place: { file: 'allow.yaml', line: 9 },
    },
  ]);
  for (const scope of ['per_group', 'per_member'] as const)
    expect(Object.keys(student.limits[scope])).toEqual(Object.keys(SLICE_FIELDS));
  expect(Object.keys(policy!.members[0]!.limits.per_container)).toEqual(Object.keys(CONTAINER_FIELDS));
});

it('drift is enforced where no file says otherwise, and a group that says nothing leaves it to the site', () => {
  const { site, groups } = resolvePolicy();
  expect(site.drift).toBe('enforce');
  for (const { group } of groups.values()) expect(group).not.toHaveProperty('drift');
});

it('an answer to a guard can be written for every guard that is about policy, and for no other', () => {
  const { guard, ...others } = SCHEMAS.allow.properties.answers.items.properties;
  expect(guard.enum).toEqual(ANSWERABLE);
  expect(Object.keys(others)).toEqual(['objects', 'plan', 'reason', 'expires']);
});

it.each(['octocat', 'a', 'A1-b2-C3', 'octocat_lab', 'x'.repeat(39)])('a login on GitHub may be "%s"', (github) => {
  expect(ajv.validate('member.schema.json', { ...COMPLETE.member, github }), ajv.errorsText()).toBe(true);
});

it.each(['', '-a', 'a-', 'a--b', '@a', 'a b', 'a/b', 'ä', 'a\n', 'x'.repeat(40)])('and not %j', (github) => {
  expect(ajv.validate('member.schema.json', { ...COMPLETE.member, github })).toBe(false);
});
