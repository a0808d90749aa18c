import { flow } from '../policy/flow.ts';
import { lineOf, type Source } from '../policy/source.ts';
import type { LimitOwner, PolicyEvent } from './events.ts';

/**
 * What a file says by other keys than limits, where it says something else; in the order of the names. Of hosts and
 * thresholds each is a key of its own: `hosts.ds01`. With `only`, by no other keys than these.
 */
export function settingEvents(
  owner: LimitOwner,
  before: Source | undefined,
  after: Source | undefined,
  only?: readonly string[],
): readonly PolicyEvent[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].filter((key) => only?.includes(key) ?? true).sort();
  return keys.flatMap((key): readonly PolicyEvent[] => {
    const [old, now] = [was.get(key), is.get(key)];
    if (old === now) return [];
    return [
      {
        ...{ kind: 'setting', owner, key },
        ...(old !== undefined && { before: old }),
        ...(after &&
          now !== undefined && { after: now, place: { file: after.file, line: lineOf(after, pathOf(key)) } }),
      },
    ];
  });
}

const MAPS = ['guards', 'hosts'];

// Which keys there may be is for the schemas to say: a new one is told here without a word of it.
function valuesOf(source: Source | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries((source?.value ?? {}) as Readonly<Record<string, unknown>>);
  const values = entries.flatMap(([key, value]): readonly (readonly [string, string])[] => {
    if (key === 'limits') return [];
    if (!MAPS.includes(key)) return [[key, flow(value)]];
    return Object.entries(value as object).map(([name, inner]) => [`${key}.${name}`, flow(inner)]);
  });
  return new Map(values);
}

function pathOf(key: string): readonly string[] {
  const [first = '', ...rest] = key.split('.');
  return MAPS.includes(first) ? [first, rest.join('.')] : [key];
}
