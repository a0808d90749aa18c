import type { Place } from '../policy/policy.ts';
import type { Change } from '../units/diff.ts';
import type { Drift } from '../units/drift.ts';
import { defaultOf, type Measure, measureText } from '../units/measures.ts';
import { readDirective } from '../units/systemd-values.ts';
import { parseUnitPath, wholePath } from '../units/unit-path.ts';

/** A limit of a unit file that is lower than policy says, and was not applied yet. */
export interface LoweredLimit {
  /** The unit file, absolute. */
  readonly file: string;
  /** Of a slice; `ds01-student-….slice` stands for each account of a group. */
  readonly slice: string;
  readonly key: string;
  /** In systemd's spelling. */
  readonly found: string;
  /** Absent where policy sets none. */
  readonly wanted?: string;
  /** Whether ds01-policy wrote the file. */
  readonly ours: boolean;
  readonly place?: Place;
}

/** Limits that rise when policy is applied: until then they hold up what policy would let through. */
export function findLowered(changes: readonly Change[]): readonly LoweredLimit[] {
  return changes.flatMap(({ kind, path, differences }) => {
    // What is cleared is drift, and what is removed limits a slice that policy gives to nobody.
    if (kind === 'clear' || kind === 'remove') return [];
    const rising = differences.filter(({ key, effect }) => {
      return (effect === 'rises' || effect === 'removed') && !key.startsWith('container ');
    });
    return rising.map(({ key, before = measureText(key, defaultOf(key)), after, place }) => ({
      ...{ file: wholePath(path), slice: sliceOf(path), key, found: before, ours: kind !== 'adopt' },
      ...(after !== undefined && { wanted: after }),
      ...(place && { place }),
    }));
  });
}

function sliceOf(path: string): string {
  return parseUnitPath(path).unit.replace(/-[.]slice$/, '-….slice');
}

/** Whether a limit is lower than policy says: a number that is, or any limit where policy sets none. */
export function isLower({ key, wanted, found }: Pick<Drift, 'key' | 'wanted' | 'found'>): boolean {
  const [says, is] = [measureOf(key, wanted), measureOf(key, found)];
  if (typeof says === 'number' && typeof is === 'number' && is < says) return true;
  return isUnlimited(says) && !isUnlimited(is);
}

function measureOf(key: string, text: string | undefined): Measure | undefined {
  if (text === undefined || text === '' || text === 'infinity') return defaultOf(key);
  const [directive = ''] = key.split(' ');
  return readDirective(directive, text);
}

function isUnlimited(measure: Measure | undefined): boolean {
  return measure === Number.POSITIVE_INFINITY || measure === 'all';
}
