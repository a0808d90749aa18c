import type { Tree, TreeEntry } from '../follow/revert.ts';
import type { PolicyFile } from '../policy/load.ts';
import type { Git } from './checkout.ts';
import { HostRefusal } from './host-failure.ts';
import { isLink, isNoFile, LARGEST, LARGEST_POLICY, MOST_ENTRIES, NO_FOLDER, tooLarge } from './policy-folder.ts';

/**
 * Reads the files of trees as `readPolicyFolder` reads a folder: the files of all of them at once, and each only once.
 * Throws HostRefusal.
 */
export async function readTreePolicies(
  { git, folder }: { readonly git: Git; readonly folder: string },
  trees: readonly Tree[],
): Promise<readonly (readonly PolicyFile[])[]> {
  const sizes = await readSizes(git, trees);
  // Only what is small enough is read at all.
  const small = [...sizes].flatMap(([name, size]) => (size <= LARGEST ? [name] : []));
  const contents: Contents = small.length === 0 ? new Map() : readBatch(await git.readObjects(small));
  return trees.map((tree) => policyFiles(tree, folder, contents));
}

/**
 * Throws HostRefusal for policy that hosts refuse as a whole, however valid it is (commit-policy.ts). Anybody can propose
 * one, and whoever looked at it would have to read it.
 */
export async function assertReadable(git: Git, tree: Tree): Promise<void> {
  const entries = new Map<string, number>();
  for (const path of tree.keys()) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const number = (entries.get(folder) ?? 0) + 1;
    if (number > MOST_ENTRIES) {
      throw new HostRefusal(`there are more than ${MOST_ENTRIES} files in "${folder}": no host reads them`);
    }
    entries.set(folder, number);
  }
  const sizes = await readSizes(git, [tree]);
  const bytes = [...tree.values()].reduce((sum, { object }) => sum + (sizes.get(object) ?? 0), 0);
  if (bytes <= LARGEST_POLICY) return;
  throw new HostRefusal('the files of policy are larger than 64 MiB together: no host reads them');
}

type Contents = ReadonlyMap<string, Uint8Array>;

// Bytes of the files of trees, by the names of their objects.
async function readSizes(git: Git, trees: readonly Tree[]): Promise<ReadonlyMap<string, number>> {
  const objects = new Set(trees.flatMap((tree) => [...tree.values()].filter(isFile).map(({ object }) => object)));
  if (objects.size === 0) return new Map();
  const said = await git.run(['cat-file', '--batch-check'], {
    input: [...objects].map((name) => `${name}\n`).join(''),
  });
  const lines = said.split('\n').filter((line) => line !== '');
  const sizes = lines.map((line): readonly [string, number] => {
    const [name = '', type, size] = line.split(' ');
    if (type === 'missing') throw new HostRefusal(`git has lost "${name}", which is a file of policy; see git fsck`);
    return [name, Number(size)];
  });
  return new Map(sizes);
}

// `<name> blob <size>`, a newline, the bytes, a newline: git-cat-file(1), "BATCH OUTPUT".
function readBatch(bytes: Buffer): Contents {
  const contents = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const start = bytes.indexOf('\n', at) + 1;
    const [name = '', , size] = bytes.toString('latin1', at, start - 1).split(' ');
    const end = start + Number(size);
    contents.set(name, Uint8Array.from(bytes.subarray(start, end)));
    at = end + 1;
  }
  return contents;
}

function policyFiles(tree: Tree, folder: string, contents: Contents): readonly PolicyFile[] {
  const files = new Map<string, PolicyFile>();
  for (const [whole, entry] of tree) {
    const parts = whole.slice(folder.length).split('/');
    const path = parts.slice(0, 2).join('/');
    files.set(path, parts.length > 2 ? isNoFile(path, 'a folder') : policyFile(path, entry, contents));
  }
  return files.size === 0 ? [NO_FOLDER] : [...files.values()];
}

function policyFile(path: string, entry: TreeEntry, contents: Contents): PolicyFile {
  if (entry.mode === LINK) return isLink(path);
  if (!isFile(entry)) return isNoFile(path, 'a repository of its own');
  const bytes = contents.get(entry.object);
  return bytes ? { kind: 'file', path, bytes } : tooLarge(path);
}

const LINK = '120000';

function isFile({ mode }: TreeEntry): boolean {
  return mode.startsWith('100');
}
