import { DROP_IN } from './render.ts';
import { readRoster } from './roster.ts';
import { type Setting, settingsOf } from './settings.ts';
import { isMarked, parseUnit } from './unit-text.ts';

/** One slice as the unit files of a host describe it. */
export interface SliceNode {
  /** `ds01-student.slice`; for the members of a group who have no unit, `ds01-student-….slice`. */
  readonly name: string;
  readonly kind: 'site' | 'group' | 'member' | 'others';
  /** Of a `member`. */
  readonly account?: string;
  /** The limits that its files state; those of the slices around it hold, too. */
  readonly settings: readonly Setting[];
  readonly children: readonly SliceNode[];
}

/** The tree of slices that a set of unit files makes; undefined if the site's own slice is not among them. */
export function sliceTree(
  site: string,
  units: readonly { readonly path: string; readonly text: string }[],
): SliceNode | undefined {
  const texts = new Map(units.filter(({ text }) => isMarked(text)).map(({ path, text }) => [path, text]));
  const root = texts.get(`${site}.slice`);
  if (root === undefined) return undefined;
  const { accounts, groups } = readRoster(units);
  const members = new Map<string, SliceNode[]>();
  for (const [path, text] of texts) {
    const account = path.endsWith('.slice') ? accountOf(text) : undefined;
    const group = account === undefined ? undefined : accounts.get(account)?.group;
    if (account === undefined || group === undefined) continue;
    const settings = [...read(texts.get(`${path}.d/${DROP_IN}`)), ...read(text)];
    const node: SliceNode = { name: path, kind: 'member', account, settings, children: [] };
    members.set(group, [...(members.get(group) ?? []), node]);
  }
  const children = [...groups].sort().map((group) => groupNode(site, group, texts, members.get(group) ?? []));
  return { name: `${site}.slice`, kind: 'site', settings: read(root), children };
}

function groupNode(
  site: string,
  group: string,
  texts: ReadonlyMap<string, string>,
  members: readonly SliceNode[],
): SliceNode {
  const name = `${site}-${group}.slice`;
  const settings = read(texts.get(`${site}-${group}-.slice.d/${DROP_IN}`));
  const others: SliceNode = { name: `${site}-${group}-….slice`, kind: 'others', settings, children: [] };
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { name, kind: 'group', settings: read(texts.get(name)), children: [...sorted, others] };
}

function accountOf(text: string): string | undefined {
  return parseUnit(text).find(({ directive }) => directive === 'Account')?.value;
}

function read(text: string | undefined): readonly Setting[] {
  return [...settingsOf(parseUnit(text ?? '')).values()];
}
