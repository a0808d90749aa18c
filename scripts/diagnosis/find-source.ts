import type { Place } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import { isInForce } from '../units/kernel.ts';
import { effectiveSettings, indexUnits, type LayeredSetting, layersOf, type UnitFiles } from '../units/layers.ts';
import { defaultOf, isSame, type Measure, measureText } from '../units/measures.ts';
import type { FoundText, Plan } from '../units/plan.ts';
import { render, type Unit } from '../units/render.ts';
import { settingText } from '../units/settings.ts';
import { isManaged } from '../units/shadows.ts';
import { groupOfSlice, parseUnitPath, wholePath } from '../units/unit-path.ts';
import { isMarked } from '../units/unit-text.ts';
import { accountOfSlice } from './account-of-slice.ts';
import { settingKey } from './device-keys.ts';
import { findWorkSource, ownerName, type WorkInput } from './find-work-source.ts';
import type { LimitOrigin, LimitSource } from './limit-source.ts';
import { limitValue } from './limit-value.ts';
import type { Meter } from './meter.ts';

/** What has to be known to say who says a limit. */
export interface SourceInput extends WorkInput {
  /** All unit files of slices, as they are on disk. */
  readonly files: readonly FoundText[];
  /** What apply would do with them. */
  readonly changes: Plan['changes'];
  readonly version: 'v1' | 'v2';
}

/** Says who says the limits that the kernel enforces: makes the function behind `Case.sourceOf`. */
export function sourceFinder(input: SourceInput): (meter: Meter, key: string) => LimitSource {
  const units = render(input.resolved);
  const world: World = {
    ...input,
    onDisk: indexUnits(input.files),
    inPolicy: indexUnits(units),
    ours: new Set(input.files.flatMap(({ path, text }) => (isMarked(text) ? [path] : []))),
    units: new Map(units.map((unit) => [unit.path, unit])),
  };
  return (meter, key) => {
    return meter.name.endsWith('.slice') ? findSliceSource(meter, key, world) : findWorkSource(meter, key, input);
  };
}

interface World extends SourceInput {
  readonly onDisk: UnitFiles;
  readonly inPolicy: UnitFiles;
  /** Paths of files that carry our mark. */
  readonly ours: ReadonlySet<string>;
  /** What policy asks for, by path. */
  readonly units: ReadonlyMap<string, Unit>;
}

function findSliceSource(meter: Meter, asked: string, world: World): LimitSource {
  const settings = effectiveSettings(layersOf(meter.name, world.onDisk));
  const wanted = effectiveSettings(layersOf(meter.name, world.inPolicy));
  const { key, number } = settingKey(asked, [...settings.keys(), ...wanted.keys()], world.devices);
  const [setting, policy] = [settings.get(key), wanted.get(key)];
  const found = limitValue(meter, key, number);
  const inForce = isObeyed(key, setting, found, world);
  const origin = inForce && setting ? originOf(setting, policy, world) : 'kernel';
  const file = inForce ? setting?.file : undefined;
  const place = policy && world.units.get(policy.file)?.places.get(key);
  const group = groupOfSlice(meter.name, world.resolved.site.name);
  const settledBy = origin === 'policy' ? undefined : settledByOf(meter, file, world);
  return {
    ...{ key, cgroup: meter.name, value: valueText(key, setting, found, inForce), origin },
    ...(file !== undefined && { file: wholePath(file) }),
    ...(place && { place }),
    ...(policy && origin !== 'policy' && { policy: settingText(policy) }),
    ...(place && group !== undefined && { owner: ownerOf(meter, place, group, world.resolved) }),
    ...(settledBy && { settledBy }),
  };
}

// Whether the kernel does what the files say. What it does not show, and what is a share of the machine, is believed.
function isObeyed(key: string, setting: LayeredSetting | undefined, found: Measure | undefined, { version }: World) {
  const [directive = ''] = key.split(' ');
  const asked = setting?.measure ?? defaultOf(key);
  return found === undefined || asked === 'incomparable' || isInForce(directive, asked, found, version);
}

// What the kernel rounded is shown as it was asked for.
function valueText(
  key: string,
  setting: LayeredSetting | undefined,
  found: Measure | undefined,
  inForce: boolean,
): string {
  const isShare = setting?.measure === 'incomparable';
  if (setting && (found === undefined || (inForce && !isShare))) return settingText(setting);
  return measureText(key, found ?? defaultOf(key));
}

function originOf(setting: LayeredSetting, policy: LayeredSetting | undefined, world: World): LimitOrigin {
  if (policy?.file === setting.file && isSame(policy.measure, setting.measure)) return 'policy';
  if (parseUnitPath(setting.file).folder.endsWith('/system.control')) return 'set-property';
  // A file of ours that apply leaves: of a slice that policy has given up, and programs still run in.
  const isKept = world.ours.has(setting.file) && !changeOf(setting.file, world);
  return isKept ? 'policy' : 'file';
}

function settledByOf(meter: Meter, file: string | undefined, world: World): LimitSource['settledBy'] {
  if (file === undefined) return isManaged(meter.name, world.resolved) ? 'apply' : undefined;
  const change = changeOf(file, world);
  return change && (change.kind === 'adopt' ? 'adopt' : 'apply');
}

function changeOf(file: string, { changes }: World) {
  return changes.find(({ path }) => path === file);
}

function ownerOf({ name }: Meter, place: Place, group: string, resolved: Resolved): NonNullable<LimitSource['owner']> {
  const account = accountOfSlice(resolved, name)?.account;
  const scope = name === `${resolved.site.name}-${group}.slice` ? 'per_group' : 'per_member';
  return { name: ownerName(place, account, group), scope };
}
