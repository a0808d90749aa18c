import { join } from 'node:path';
import { belowRoot, type UnitWrite } from '../../scripts/host/unit-files.ts';
import { directoryReader, UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf, IN_MEMORY, temporaryFolder, writeFiles } from './temporary-folder.ts';

/** Texts of unit files by path, which is absolute below the root for those outside the unit folder. */
export type Texts = Readonly<Record<string, string | Uint8Array>>;

const DROP_IN = '50-ds01-policy.conf';
const CONTROL = '/etc/systemd/system.control';

/** A file of somebody else that is taken over, and in no encoding of today; and one that is taken away. */
export const ADOPTED = 'ds01-c.slice';
export const CLEARED = `${CONTROL}/ds01-a.slice.d/50-TasksMax.conf`;

/** A host on which every kind of change has something to do, and how it has to be afterwards. */
export const BEFORE: Texts = {
  'ds01.slice': 'site\n',
  'ds01-a.slice': 'old a\n',
  'ds01-gone.slice': 'gone\n',
  [`ds01-a-.slice.d/${DROP_IN}`]: 'old members of a\n',
  [`ds01-a-gone.slice.d/${DROP_IN}`]: 'own of gone\n',
  [`ds01-a-kept.slice.d/${DROP_IN}`]: 'own of kept\n',
  'ds01-a-kept.slice.d/90-local.conf': 'somebody else’s\n',
  'other.slice': 'foreign\n',
  [ADOPTED]: Buffer.from('by hand in a caf\u00e9\n', 'latin1'),
  [CLEARED]: 'set by hand\n',
  [`${CONTROL}/user.slice.d/50-TasksMax.conf`]: 'set by hand, too\n',
  'ssh.service.d/.x.ds01-policy-tmp': 'not in a place of ours\n',
};
const CHANGED: Readonly<Record<string, string>> = {
  'ds01-a.slice': 'new a\n',
  'ds01-b.slice': 'new b\n',
  [ADOPTED]: 'new c\n',
  [`ds01-a-.slice.d/${DROP_IN}`]: 'new members of a\n',
  [`ds01-b-.slice.d/${DROP_IN}`]: 'new members of b\n',
};
const REMOVED = ['ds01-gone.slice', `ds01-a-gone.slice.d/${DROP_IN}`, `ds01-a-kept.slice.d/${DROP_IN}`, CLEARED];

/** The files of that host after all changes. */
export const AFTER: Texts = Object.fromEntries(
  Object.entries({ ...BEFORE, ...CHANGED }).filter(([path]) => !REMOVED.includes(path)),
);

/** A root directory with these unit files. */
export function hostWith(texts: Texts): string {
  const root = temporaryFolder(IN_MEMORY);
  const files = Object.entries(texts).map(([path, text]) => [belowRoot(path), text] as const);
  writeFiles(root, { ...Object.fromEntries(files), 'var/lib/ds01-policy/lock': '' });
  return root;
}

/** What is in the unit folder, and in that of `systemctl set-property`, with modes. */
export function unitsOf(root: string): readonly string[] {
  return [UNIT_FOLDER, belowRoot(CONTROL)].flatMap((folder) => contentsOf(join(root, folder)));
}

/** What is to do on a host for it to be as AFTER says; in the order of a plan: what is written first, removals last. */
export function changesTo(root: string): readonly UnitWrite[] {
  const found = directoryReader(root, [CONTROL]).readUnits();
  const texts = new Map(found.flatMap((file) => (file.kind === 'file' ? [[file.path, file.text]] : [])));
  const writes = Object.entries(CHANGED).flatMap(([path, after]): readonly UnitWrite[] => {
    const before = texts.get(path);
    if (before === after) return [];
    if (before === undefined) return [{ kind: 'create', path, after }];
    return [{ kind: path === ADOPTED ? 'adopt' : 'update', path, before, after }];
  });
  const removals = REMOVED.flatMap((path): readonly UnitWrite[] => {
    const before = texts.get(path);
    return before === undefined ? [] : [{ kind: path === CLEARED ? 'clear' : 'remove', path, before }];
  });
  return [...writes, ...removals];
}
