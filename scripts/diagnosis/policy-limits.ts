import type { Place } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import { effectiveSettings, indexUnits, layersOf } from '../units/layers.ts';
import { defaultOf, isSame } from '../units/measures.ts';
import { render } from '../units/render.ts';

/** One limit that policy gives a slice. */
export interface PolicyLimit {
  /** As in `TasksMax`, `IOReadBandwidthMax /dev/sda`. */
  readonly key: string;
  /** In systemd's spelling. */
  readonly value: string;
  /** The line of policy. */
  readonly place?: Place;
}

/** What policy limits on slices, by name: of each one, also of accounts that no file lists. Nothing for what is unlimited. */
export function policyLimits(resolved: Resolved): (slice: string) => readonly PolicyLimit[] {
  const units = render(resolved);
  const index = indexUnits(units);
  const places = new Map(units.map((unit) => [unit.path, unit.places]));
  return (slice) => {
    const settings = [...effectiveSettings(layersOf(slice, index)).values()];
    return settings.flatMap(({ key, text, measure, file }) => {
      if (isSame(measure, defaultOf(key))) return [];
      const place = places.get(file)?.get(key);
      return [{ key, value: text, ...(place && { place }) }];
    });
  };
}
