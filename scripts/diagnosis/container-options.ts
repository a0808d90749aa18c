import type { Sourced } from '../policy/policy.ts';
import type { Entitlement } from '../policy/resolve.ts';
import { isInForce } from '../units/kernel.ts';
import { measureText } from '../units/measures.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import type { Container } from './facts.ts';
import { LIMIT_FILES, type SharedKey } from './limit-hit.ts';
import { limitValue, percentOf } from './limit-value.ts';
import type { Meter } from './meter.ts';
import { containerOf } from './work-owner.ts';

/** A limit that policy has for a container, and the one that it was made with. In CPUs, bytes or tasks; `Infinity` for none. */
export interface ContainerOption {
  /** Of `docker run`, as in `--cpus`. */
  readonly option: string;
  /** As systemd calls it; absent for what no slice has. */
  readonly key?: SharedKey;
  readonly given: number;
  readonly granted: Sourced<number>;
  /** Where it was read. */
  readonly source: string;
}

/** The limits of a container that policy has something to say about. What Docker does not tell is what the kernel enforces. */
export function optionsOf(meter: Meter, { limits }: Entitlement, found: Case): readonly ContainerOption[] {
  const made = containerOf(meter, found);
  return ROWS.flatMap((row) => {
    const granted = limits.per_container[row.field];
    const given = made ? (row.ofDocker(made) ?? Number.POSITIVE_INFINITY) : kernelValue(meter, row);
    if (!granted || given === undefined) return [];
    const { option, key } = row;
    const { version } = found.machine;
    const source = made || !key ? 'docker inspect' : cgroupFile(version, meter.path, LIMIT_FILES[key][version]);
    return [{ option, ...(key && { key }), given, granted, source }];
  });
}

interface Row {
  readonly option: string;
  readonly field: 'cpus' | 'memory' | 'pids_limit' | 'shm_size';
  /** How the kernel has it; absent for /dev/shm, which only whoever mounted it knows the size of. */
  readonly key?: SharedKey;
  ofDocker(container: Container): number | undefined;
}

const ROWS: readonly Row[] = [
  { option: '--cpus', field: 'cpus', key: 'CPUQuota', ofDocker: ({ cpus }) => cpus },
  { option: '--memory', field: 'memory', key: 'MemoryMax', ofDocker: ({ memory }) => memory },
  { option: '--pids-limit', field: 'pids_limit', key: 'TasksMax', ofDocker: ({ pidsLimit }) => pidsLimit },
  { option: '--shm-size', field: 'shm_size', ofDocker: ({ shmSize }) => shmSize },
];

function kernelValue(meter: Meter, { key }: Row): number | undefined {
  const limit = key && limitValue(meter, key);
  if (typeof limit !== 'number') return undefined;
  return key === 'CPUQuota' ? limit / 100 : limit;
}

/** Whether a container has less than policy grants it, or more; what the kernel rounds is the same. */
export function compared(option: ContainerOption, version: 'v1' | 'v2'): 'lower' | 'same' | 'higher' {
  const { key, given, granted } = option;
  const unit = key === 'CPUQuota' ? percentOf : (amount: number) => amount;
  if (isInForce(key ?? 'MemoryMax', unit(granted.value), unit(given), version)) return 'same';
  return given < granted.value ? 'lower' : 'higher';
}

/** A value as the option spells it. */
export function optionValue({ option }: ContainerOption, amount: number): string {
  if (option === '--cpus') return String(Number(amount.toFixed(2)));
  return option === '--pids-limit' ? String(amount) : measureText('MemoryMax', amount).toLowerCase();
}

/** As in `--cpus=4`, and `no --cpus`. */
export function optionText(option: ContainerOption, amount: number): string {
  return amount === Number.POSITIVE_INFINITY
    ? `no ${option.option}`
    : `${option.option}=${optionValue(option, amount)}`;
}
