import type { Tree, TreeEntry } from '../follow/revert.ts';
import type { PolicyFile } from '../policy/load.ts';
import type { Git } from './checkout.ts';
import { HostRefusal } from './host-failure.ts';
import { isLink, isNoFile, LARGEST, NO_FOLDER, tooLarge } from './policy-folder.ts';

/**
 * Reads the files of trees as `readPolicyFolder` reads a folder: the files of all of them at once, and each only once.
 * Throws HostRefusal.
 */
export async function readTreePolicies(
  { git, folder }: { readonly git: Git; readonly folder: string },
  trees: readonly Tree[],
): Promise<readonly (readonly PolicyFile[])[]> {
  const objects = new Set(trees.flatMap((tree) => [...tree.values()].filter(isFile).map(({ object }) => object)));
  const contents = await readContents(git, [...objects]);
  return trees.map((tree) => policyFiles(tree, folder, contents));
}

type Contents = ReadonlyMap<string, Uint8Array>;

// Only what is small enough is read at all.
async function readContents(git: Git, objects: readonly string[]): Promise<Contents> {
  if (objects.length === 0) return new Map();
  const sizes = await git.run(['cat-file', '--batch-check'], { input: objects.map((name) => `${name}\n`).join('') });
  const small = sizes.split('\n').flatMap((line) => {
    const [name = '', type, size] = line.split(' ');
    if (type === 'missing') throw new HostRefusal(`git has lost "${name}", which is a file of policy; see git fsck`);
    return size !== undefined && Number(size) <= LARGEST ? [name] : [];
  });
  return small.length === 0 ? new Map() : readBatch(await git.readObjects(small));
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
