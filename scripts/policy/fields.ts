import type { Kind, KindValues } from './kinds.ts';

/** The limits that a slice can have, in the order they are shown and rendered in. Names are systemd's in snake case. */
export const SLICE_FIELDS = {
  cpu_quota: 'percent',
  cpu_weight: 'weight',
  memory_high: 'size',
  memory_max: 'size',
  memory_swap_max: 'size',
  tasks_max: 'tasks',
  io_weight: 'weight',
  io_read_bandwidth_max: 'device_rates',
  io_write_bandwidth_max: 'device_rates',
  allowed_cpus: 'cpu_list',
} as const satisfies Readonly<Record<string, Kind>>;

/** The limits of one container, which the server's container tools give to Docker. */
export const CONTAINER_FIELDS = {
  cpus: 'cores',
  memory: 'size',
  shm_size: 'size',
  pids_limit: 'tasks',
  gpus: 'count',
  max_containers: 'count',
  idle_timeout: 'duration',
  max_runtime: 'duration',
} as const satisfies Readonly<Record<string, Kind>>;

/** Where a number bites, from the widest to the narrowest. */
export const SCOPES = ['per_group', 'per_member', 'per_container'] as const;

/** `per_group`: all members together; `per_member`: each account; `per_container`: each container. */
export type Scope = (typeof SCOPES)[number];

/** Name of a limit of a slice. */
export type SliceField = keyof typeof SLICE_FIELDS;

/** Name of a limit of a container. */
export type ContainerField = keyof typeof CONTAINER_FIELDS;

/** The type that a field's value has once read. */
export type FieldValue<F extends SliceField | ContainerField> = KindValues[F extends SliceField
  ? (typeof SLICE_FIELDS)[F]
  : F extends ContainerField
    ? (typeof CONTAINER_FIELDS)[F]
    : never];

/** All names of slice limits, in order. */
export const SLICE_FIELD_NAMES = Object.keys(SLICE_FIELDS) as readonly SliceField[];

/** All names of container limits, in order. */
export const CONTAINER_FIELD_NAMES = Object.keys(CONTAINER_FIELDS) as readonly ContainerField[];

/** The fields that a scope may have, with the kind of each. */
export function fieldsOf(scope: Scope): Readonly<Record<string, Kind>> {
  return scope === 'per_container' ? CONTAINER_FIELDS : SLICE_FIELDS;
}
