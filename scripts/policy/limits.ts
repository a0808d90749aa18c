import type { Limits, SliceLimits } from './policy.ts';

/** No limits in any scope. */
export const NO_LIMITS: Limits = { per_group: {}, per_member: {}, per_container: {} };

/**
 * Lays limits over each other, key by key: the later layer wins. This is the only place where site, group and member
 * meet. Rates of single devices are keys of their own, so a new rate for one disk keeps the others.
 */
export function mergeLimits(...layers: readonly Limits[]): Limits {
  return layers.reduce((under, over) => ({
    per_group: mergeSlices(under.per_group, over.per_group),
    per_member: mergeSlices(under.per_member, over.per_member),
    per_container: { ...under.per_container, ...over.per_container },
  }));
}

function mergeSlices(under: SliceLimits, over: SliceLimits): SliceLimits {
  return {
    ...under,
    ...over,
    ...mergeRates(under, over, 'io_read_bandwidth_max'),
    ...mergeRates(under, over, 'io_write_bandwidth_max'),
  };
}

function mergeRates(under: SliceLimits, over: SliceLimits, field: RateField): SliceLimits {
  const [general, special] = [under[field], over[field]];
  // An empty map is "unlimited": it takes all devices out.
  if (!general || !special || special.value.size === 0) return {};
  return { [field]: { value: new Map([...general.value, ...special.value]), place: special.place } };
}

type RateField = 'io_read_bandwidth_max' | 'io_write_bandwidth_max';
