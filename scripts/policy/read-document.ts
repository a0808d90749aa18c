import { fieldsOf, SCOPES, type Scope } from './fields.ts';
import type {
  Answer,
  ContainerLimits,
  DriftMode,
  Group,
  Host,
  Limits,
  Member,
  Place,
  Site,
  SliceLimits,
  Sourced,
} from './policy.ts';
import { type KeyPath, lineOf, type Source } from './source.ts';
import { readValue } from './values.ts';

/** A limit that is not in the grammar of its kind. */
export interface Misspelling {
  readonly source: Source;
  readonly path: KeyPath;
  readonly message: string;
  readonly fix?: string;
}

/** Makes typed content of a document that satisfies its schema; misspelled limits are collected and left out. */
export type ReadDocument<T> = (source: Source, name: string, misspellings: Misspelling[]) => T;

const DEFAULT_MIN_TASKS_MAX = 4096;

/** policy/site.yaml. */
export const readSite: ReadDocument<Site> = (source, _name, misspellings) => {
  const raw = source.value as RawSite;
  return {
    name: raw.name,
    defaultGroup: sourced(source, 'default_group', raw.default_group),
    adminGroup: raw.admin_group,
    place: placeOf(source, ['name']),
    timeZone: raw.time_zone,
    accountDomain: raw.account_domain,
    domainAliases: raw.domain_aliases ?? [],
    minTasksMax: raw.guards?.min_tasks_max ?? DEFAULT_MIN_TASKS_MAX,
    drift: raw.drift ?? 'enforce',
    hosts: Object.entries(raw.hosts).map(([name, host]) => readHost(name, host)),
    limits: readLimits(source, raw.limits, misspellings),
  };
};

/** policy/groups/<name>.yaml. */
export const readGroup: ReadDocument<Group> = (source, name, misspellings) => {
  const raw = source.value as RawGroup;
  return {
    name,
    description: raw.description,
    ...(raw.longest_grant !== undefined && { longestGrant: Number.parseInt(raw.longest_grant, 10) }),
    ...(raw.drift !== undefined && { drift: raw.drift }),
    limits: readLimits(source, raw.limits, misspellings),
    place: placeOf(source, ['description']),
  };
};

/** policy/members/<id>.yaml. */
export const readMember: ReadDocument<Member> = (source, id, misspellings) => {
  const raw = source.value as RawMember;
  return {
    id,
    accounts: raw.accounts.map((value, index) => ({ value, place: placeOf(source, ['accounts', index]) })),
    group: sourced(source, 'group', raw.group),
    ...(raw.github !== undefined && { github: raw.github }),
    ...(raw.reason !== undefined && { reason: raw.reason }),
    granted: sourced(source, 'granted', raw.granted),
    expires: sourced(source, 'expires', raw.expires),
    limits: readLimits(source, raw.limits, misspellings),
  };
};

/** policy/allow.yaml. */
export const readAllow: ReadDocument<readonly Answer[]> = (source) => {
  const { answers } = source.value as RawAllow;
  return answers.map(({ guard, objects, plan, reason, expires }, index) => {
    const path = ['answers', index];
    return {
      guard,
      ...(objects !== undefined && { objects: [...objects].sort() }),
      ...(plan !== undefined && { plan }),
      reason,
      expires: { value: expires, place: placeOf(source, [...path, 'expires']) },
      place: placeOf(source, path),
    };
  });
};

// The shapes that the schemas have let through. A test holds them against the schemas, key by key.
interface RawSite {
  readonly name: string;
  readonly default_group: string;
  readonly admin_group: string;
  readonly time_zone: string;
  readonly account_domain: string;
  readonly domain_aliases?: readonly string[];
  readonly drift?: DriftMode;
  readonly guards?: { readonly min_tasks_max?: number };
  readonly hosts: Readonly<Record<string, RawHost>>;
  readonly limits?: RawLimits;
}

interface RawHost {
  readonly cpus: number;
  readonly gpus: number;
  readonly memory?: string;
}

interface RawGroup {
  readonly description: string;
  readonly longest_grant?: string;
  readonly drift?: DriftMode;
  readonly limits: RawLimits;
}

interface RawMember {
  readonly accounts: readonly string[];
  readonly github?: string;
  readonly group: string;
  readonly reason?: string;
  readonly granted: string;
  readonly expires: string;
  readonly limits?: RawLimits;
}

interface RawAllow {
  readonly answers: readonly RawAnswer[];
}

interface RawAnswer {
  readonly guard: string;
  readonly objects?: readonly string[];
  readonly plan?: string;
  readonly reason: string;
  readonly expires: string;
}

type RawLimits = { readonly [S in Scope]?: Readonly<Record<string, unknown>> };

function readHost(name: string, raw: RawHost): Host {
  const memory = raw.memory === undefined ? undefined : readValue('size', raw.memory);
  return { name, cpus: raw.cpus, gpus: raw.gpus, ...(memory?.ok && { memory: memory.value }) };
}

function readLimits(source: Source, raw: RawLimits = {}, misspellings: Misspelling[]): Limits {
  const [per_group, per_member, per_container] = SCOPES.map((scope) => {
    const limits: Record<string, Sourced<unknown>> = {};
    for (const [field, kind] of Object.entries(fieldsOf(scope))) {
      const value = raw[scope]?.[field];
      if (value === undefined) continue;
      const path = ['limits', scope, field];
      const { ok, ...reading } = readValue(kind, value);
      if ('value' in reading) limits[field] = { value: reading.value, place: placeOf(source, path) };
      else misspellings.push({ source, path, ...reading });
    }
    return limits;
  });
  return {
    per_group: per_group as SliceLimits,
    per_member: per_member as SliceLimits,
    per_container: per_container as ContainerLimits,
  };
}

function sourced<V>(source: Source, key: string, value: V): Sourced<V> {
  return { value, place: placeOf(source, [key]) };
}

function placeOf(source: Source, path: KeyPath): Place {
  return { file: source.file, line: lineOf(source, path) };
}
