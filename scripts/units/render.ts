import {
  CONTAINER_FIELD_NAMES,
  CONTAINER_FIELDS,
  type FieldValue,
  SLICE_FIELD_NAMES,
  type SliceField,
} from '../policy/fields.ts';
import type { ContainerLimits, Place, SliceLimits } from '../policy/policy.ts';
import type { GroupEntitlement, ListedEntitlement, Resolved } from '../policy/resolve.ts';
import { printValue } from '../policy/values.ts';
import { DIRECTIVES } from './directives.ts';
import { OWN_SECTION } from './settings.ts';
import { type Assignment, printUnit } from './unit-text.ts';

/** One systemd file that the tool owns. */
export interface Unit {
  /** Relative to the unit folder, as in `ds01-student-.slice.d/50-ds01-policy.conf`. */
  readonly path: string;
  readonly text: string;
  /** The line of policy that it is there for. */
  readonly place: Place;
  /** The line of each limit in it, by setting key. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Name of every drop-in of ours. A file of this name for one slice masks the one for all slices of its group. */
export const DROP_IN = '50-ds01-policy.conf';

/**
 * What systemd should hold: the same policy on the same day gives the same bytes, sorted by path. Members who state no
 * limits of their own get a unit without limits; the drop-in of their group is what limits them, as it does accounts
 * without a file (systemd.unit(5), drop-ins for a prefix of a name).
 */
export function render(resolved: Resolved): readonly Unit[] {
  const groups = [...resolved.groups.values()];
  const accounts = [...resolved.accounts.values()].filter(({ state }) => state === 'active');
  const units = [
    renderSite(resolved),
    ...groups.flatMap((group) => [renderGroup(resolved, group), renderMembers(group)]),
    ...accounts.flatMap((account) => [renderAccount(resolved, account), ...renderOwn(account)]),
  ];
  return units.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The drop-in for all slices of a group's members, as in `ds01-student-.slice.d/50-ds01-policy.conf`. */
export function memberDropInPath(groupSlice: string): string {
  return `${groupSlice.replace(/[.]slice$/, '-.slice.d')}/${DROP_IN}`;
}

function renderSite({ site }: Resolved): Unit {
  return unit(
    `${site.name}.slice`,
    site.place,
    [],
    [
      ...head(`${site.name}: all groups together`),
      ...ACCOUNTING,
      own('DefaultGroup', site.defaultGroup.value),
      own('AdminGroup', site.adminGroup),
    ],
  );
}

function renderGroup({ site }: Resolved, { group, slice, limits }: GroupEntitlement): Unit {
  const settings = [...sliceSettings(limits.per_group), ...containerSettings(limits.per_container)];
  return unit(slice, group.place, settings, [
    ...head(`${site.name} ${group.name}: ${group.description}`),
    ...ACCOUNTING,
    ...settings.filter(isSliceSetting),
    own('Group', group.name),
    ...settings.filter((setting) => !isSliceSetting(setting)),
  ]);
}

function renderMembers({ group, slice, limits }: GroupEntitlement): Unit {
  const settings = sliceSettings(limits.per_member);
  return unit(memberDropInPath(slice), group.place, settings, [...ACCOUNTING, ...settings]);
}

function renderAccount(
  { site }: Resolved,
  { account, slice, group, groupPlace, member, limits }: ListedEntitlement,
): Unit {
  const settings = hasAny(member.limits.per_container) ? containerSettings(limits.per_container) : [];
  return unit(slice, groupPlace, settings, [
    ...head(`${site.name} ${group.group.name}: ${account}`),
    own('Group', group.group.name),
    own('Account', account),
    own('Member', member.id),
    ...settings,
  ]);
}

function renderOwn({ slice, groupPlace, member, limits }: ListedEntitlement): readonly Unit[] {
  if (!hasAny(member.limits.per_member)) return [];
  const settings = sliceSettings(limits.per_member);
  return [unit(`${slice}.d/${DROP_IN}`, groupPlace, settings, [...ACCOUNTING, ...settings])];
}

interface SettingLine extends Assignment {
  readonly key: string;
  readonly place: Place;
}

function sliceSettings(limits: SliceLimits): readonly SettingLine[] {
  return SLICE_FIELD_NAMES.flatMap((field) => sliceSetting(field, limits));
}

function sliceSetting<F extends SliceField>(field: F, limits: SliceLimits): readonly SettingLine[] {
  const limit = limits[field];
  if (!limit) return [];
  const { name, print } = DIRECTIVES[field];
  return print(limit.value as FieldValue<F>).map((value) => {
    const device = /^(\/\S+) /.exec(value)?.[1];
    const key = device === undefined ? name : `${name} ${device}`;
    return { section: 'Slice', directive: name, value, key, place: limit.place };
  });
}

// systemd does not know containers; the lines are there for people, for the container tools, and for the plan.
function containerSettings(limits: ContainerLimits): readonly SettingLine[] {
  return CONTAINER_FIELD_NAMES.flatMap((field) => {
    const limit = limits[field];
    if (!limit) return [];
    const value = `${field} ${printValue(CONTAINER_FIELDS[field], limit.value)}`;
    return [{ ...own('Container', value), key: `container ${field}`, place: limit.place }];
  });
}

function unit(path: string, place: Place, settings: readonly SettingLine[], assignments: readonly Assignment[]): Unit {
  const places = settings.length === 0 ? NO_PLACES : new Map(settings.map((line) => [line.key, line.place]));
  return { path, text: printUnit(place.file, assignments), place, places };
}

const NO_PLACES: ReadonlyMap<string, Place> = new Map();

// `%` begins a specifier in systemd (systemd.unit(5)), and text from policy must stay text.
function head(description: string): readonly Assignment[] {
  return [
    { section: 'Unit', directive: 'Description', value: description.replaceAll('%', '%%') },
    { section: 'Unit', directive: 'Before', value: 'slices.target' },
  ];
}

const ACCOUNTING: readonly Assignment[] = ['CPU', 'Memory', 'Tasks', 'IO'].map((resource) => {
  return { section: 'Slice', directive: `${resource}Accounting`, value: 'yes' };
});

function own(directive: string, value: string): Assignment {
  return { section: OWN_SECTION, directive, value };
}

function isSliceSetting(setting: SettingLine): boolean {
  return setting.section === 'Slice';
}

function hasAny(limits: SliceLimits | ContainerLimits): boolean {
  return Object.keys(limits).length > 0;
}
