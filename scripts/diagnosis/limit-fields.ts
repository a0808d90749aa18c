import { type ContainerField, SLICE_FIELD_NAMES, type SliceField } from '../policy/fields.ts';
import { DIRECTIVES } from '../units/directives.ts';

/** What policy calls a limit of a slice, by setting key: `tasks_max` for `TasksMax`. */
export function sliceFieldOf(key: string): SliceField | undefined {
  const [directive] = key.split(' ');
  return SLICE_FIELD_NAMES.find((field) => DIRECTIVES[field].name === directive);
}

/** What policy calls the same limit of a container, where containers have it: `pids_limit` for `TasksMax`. */
export function containerFieldOf(key: string): ContainerLimitField | undefined {
  return CONTAINER_LIMITS.get(key);
}

/** A limit of containers that the kernel enforces. */
export type ContainerLimitField = Extract<ContainerField, 'cpus' | 'memory' | 'pids_limit'>;

const CONTAINER_LIMITS: ReadonlyMap<string, ContainerLimitField> = new Map([
  ['CPUQuota', 'cpus'],
  ['MemoryMax', 'memory'],
  ['TasksMax', 'pids_limit'],
]);
