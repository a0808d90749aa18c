import { isIgnored, laySetting, type Setting } from './settings.ts';
import { LOAD_PATH, parseUnitPath } from './unit-path.ts';
import { type Assignment, parseUnit } from './unit-text.ts';

/** A file that systemd may read for a slice. */
export interface UnitFile {
  /** Relative to /etc/systemd/system, or absolute for another folder of the load path. */
  readonly path: string;
  readonly text: string;
}

/** One limit of a slice, and the file that says it. */
export interface LayeredSetting extends Setting {
  readonly file: string;
}

/** The unit files of a host, by what systemd would read them for. */
export interface UnitFiles {
  /** By folder and name of the unit. */
  readonly fragments: ReadonlyMap<string, UnitFile>;
  /** By folder and name of what the drop-ins are for, then by file name. */
  readonly dropIns: ReadonlyMap<string, ReadonlyMap<string, UnitFile>>;
}

/** Puts files where `layersOf` finds them. Of two with the same path, the later one counts. */
export function indexUnits(files: Iterable<UnitFile>): UnitFiles {
  const fragments = new Map<string, UnitFile>();
  const dropIns = new Map<string, Map<string, UnitFile>>();
  for (const file of files) {
    const { folder, unit, dropIn } = parseUnitPath(file.path);
    const key = `${folder}/${unit}`;
    if (dropIn === undefined) fragments.set(key, file);
    // Others are not read: systemd.unit(5).
    else if (dropIn.endsWith('.conf')) dropIns.set(key, (dropIns.get(key) ?? new Map()).set(dropIn, file));
  }
  return { fragments, dropIns };
}

/**
 * The files that systemd reads for a slice, in order; a later one wins. First the unit file of the most important
 * folder, then all drop-ins sorted by file name, whatever folder they are in. Of drop-ins with the same file name only
 * one counts: that of the more important folder, and within one folder that for the more exact name; those for all
 * slices (`slice.d`) come after all others (systemd.unit(5); the order of folders is what systemd 252 does).
 */
export function layersOf(slice: string, { fragments, dropIns }: UnitFiles): readonly UnitFile[] {
  const fragment = LOAD_PATH.map((folder) => fragments.get(`${folder}/${slice}`)).find((file) => file !== undefined);
  const names = namesOf(slice);
  const folders = [
    ...LOAD_PATH.flatMap((folder) => names.map((name) => `${folder}/${name}`)),
    ...LOAD_PATH.map((folder) => `${folder}/slice`),
  ];
  const chosen = new Map<string, UnitFile>();
  for (const folder of folders) {
    for (const [name, file] of dropIns.get(folder) ?? []) if (!chosen.has(name)) chosen.set(name, file);
  }
  const sorted = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  return fragment ? [fragment, ...sorted] : sorted;
}

/** The limits that a slice has by these files, by setting key; a line that systemd ignores has no say. */
export function effectiveSettings(layers: readonly UnitFile[]): ReadonlyMap<string, LayeredSetting> {
  const settings = new Map<string, LayeredSetting>();
  for (const { path, text } of layers) {
    for (const assignment of limitsOf(text)) laySetting(settings, assignment, { file: path });
  }
  return new Map([...settings].filter(([, setting]) => !isIgnored(setting)));
}

// What a container may have is not systemd's affair.
function limitsOf(text: string): readonly Assignment[] {
  return parseUnit(text).filter(({ section }) => section === 'Slice');
}

// `ds01-student-a.slice`, `ds01-student-.slice`, `ds01-.slice`.
function namesOf(slice: string): readonly string[] {
  const parts = slice.replace(/[.]slice$/, '').split('-');
  return [slice, ...parts.slice(1).map((_, index) => `${parts.slice(0, parts.length - 1 - index).join('-')}-.slice`)];
}
