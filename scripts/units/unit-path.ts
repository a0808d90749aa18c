/** The folders that systemd reads units from, the most important first: systemd.unit(5), "Unit File Load Path". */
export const LOAD_PATH = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/run/systemd/generator.late',
] as const;

/** The folder of administrators' units, which ours are in: paths without a folder are in this one. */
const UNIT_FOLDER = '/etc/systemd/system';

/** A path of a unit file, taken apart. */
export interface UnitPath {
  /** One of the load path. */
  readonly folder: string;
  /** `ds01-student.slice`; for the drop-ins of many units `ds01-student-.slice`, or `slice` for those of all slices. */
  readonly unit: string;
  /** File name of a drop-in. */
  readonly dropIn?: string;
}

/** Takes the path of a unit file apart: absolute and below the load path, or relative to /etc/systemd/system. */
export function parseUnitPath(path: string): UnitPath {
  const folder = LOAD_PATH.find((known) => path.startsWith(`${known}/`)) ?? UNIT_FOLDER;
  const [entry = '', dropIn] = path.replace(`${folder}/`, '').split('/');
  return dropIn === undefined ? { folder, unit: entry } : { folder, unit: entry.replace(/[.]d$/, ''), dropIn };
}

/** The whole path of a unit file, for people. */
export function wholePath(path: string): string {
  return path.startsWith('/') ? path : `${UNIT_FOLDER}/${path}`;
}

/** Whether a path of the unit folder is one of a site's slices or their drop-ins: `ds01.slice`, `ds01-….slice.d/…`. */
export function isInNamespace(path: string, site: string): boolean {
  const [name = ''] = path.split('/', 1);
  return (name.startsWith(`${site}.`) || name.startsWith(`${site}-`)) && /[.]slice([.]d)?$/.test(name);
}

/** The group that a slice is of, if it is one of a site's: of `ds01-student.slice` and of `ds01-student-a.slice`. */
export function groupOfSlice(slice: string, site: string): string | undefined {
  const [, group] = /^([^-.]+)(?:-[^.]*)?[.]slice$/.exec(slice.slice(site.length + 1)) ?? [];
  return slice.startsWith(`${site}-`) ? group : undefined;
}
