import type { FieldValue, SliceField } from '../policy/fields.ts';
import { UNLIMITED } from '../policy/unlimited.ts';
import { printRate } from '../policy/value-grammars.ts';
import { printValue } from '../policy/values.ts';

/** How one limit is written in a `[Slice]` section: systemd.resource-control(5). */
interface Directive<V> {
  readonly name: string;
  /** What stands behind `=`, one entry for each line. An empty value takes back what another file said. */
  print(value: V): readonly string[];
}

/** The directive of each limit of a slice. The type refuses a field that is not rendered. */
export const DIRECTIVES: { readonly [F in SliceField]: Directive<FieldValue<F>> } = {
  cpu_quota: { name: 'CPUQuota', print: (percent) => [percent === Number.POSITIVE_INFINITY ? '' : `${percent}%`] },
  cpu_weight: { name: 'CPUWeight', print: (weight) => [String(weight)] },
  memory_high: { name: 'MemoryHigh', print: printBytes },
  memory_max: { name: 'MemoryMax', print: printBytes },
  memory_swap_max: { name: 'MemorySwapMax', print: printBytes },
  tasks_max: { name: 'TasksMax', print: (tasks) => [tasks === Number.POSITIVE_INFINITY ? 'infinity' : String(tasks)] },
  io_weight: { name: 'IOWeight', print: (weight) => [String(weight)] },
  io_read_bandwidth_max: { name: 'IOReadBandwidthMax', print: printRates },
  io_write_bandwidth_max: { name: 'IOWriteBandwidthMax', print: printRates },
  allowed_cpus: { name: 'AllowedCPUs', print: (list) => [list === UNLIMITED ? '' : list.replaceAll(',', ' ')] },
};

function printBytes(bytes: number): readonly string[] {
  return [bytes === Number.POSITIVE_INFINITY ? 'infinity' : printValue('size', bytes)];
}

function printRates(rates: ReadonlyMap<string, number>): readonly string[] {
  const lines = [...rates].map(([device, rate]) => `${device} ${printRate(rate)}`);
  return lines.length === 0 ? [''] : lines.sort();
}
