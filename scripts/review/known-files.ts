import type { Draft, Loaded } from '../policy/load.ts';
import type { Source } from '../policy/source.ts';
import type { PolicyEvent } from './events.ts';

/** A file of which all is known that it says. */
export interface Known<T> extends Loaded<T> {
  readonly source: Source;
  readonly content: T;
}

/** What became of the files of one kind; what cannot be read as policy is in `unreadable`, and in no other list but `recovered`. */
export interface FileChanges<T> {
  readonly added: readonly Known<T>[];
  readonly removed: readonly Known<T>[];
  /** The same file, with another text. */
  readonly changed: readonly { readonly before: Known<T>; readonly after: Known<T> }[];
  /** Readable now: what it said before is not known. */
  readonly recovered: readonly Known<T>[];
  readonly unreadable: readonly PolicyEvent[];
}

/**
 * The draft without the content of files in which a limit is misspelled: that limit would seem to be taken out.
 */
export function withoutMisspelled(draft: Draft): Draft {
  const wrong = new Set(draft.misspellings.map(({ source }) => source.file));
  const known = <T>(loaded: Loaded<T>): Loaded<T> => {
    return wrong.has(loaded.file) ? { file: loaded.file, name: loaded.name } : loaded;
  };
  return {
    ...draft,
    ...(draft.site && { site: known(draft.site) }),
    groups: draft.groups.map(known),
    members: draft.members.map(known),
  };
}

/** Whether all is known that a file says. */
export function isKnown<T>(loaded: Loaded<T>): loaded is Known<T> {
  return loaded.source !== undefined && loaded.content !== undefined;
}

/** What became of files of one kind, in the order of their names. */
export function compareFiles<T>(before: readonly Loaded<T>[], after: readonly Loaded<T>[]): FileChanges<T> {
  const [was, is] = [byName(before), byName(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].sort();
  const changes = {
    ...{ added: [] as Known<T>[], removed: [] as Known<T>[], recovered: [] as Known<T>[] },
    ...{ changed: [] as { before: Known<T>; after: Known<T> }[], unreadable: [] as PolicyEvent[] },
  };
  for (const name of names) {
    const [old, now] = [was.get(name), is.get(name)];
    if (now && !isKnown(now)) changes.unreadable.push(unreadable(now.file, 'after', true));
    else if (old && !isKnown(old)) {
      changes.unreadable.push(unreadable(old.file, 'before', now !== undefined));
      if (now) changes.recovered.push(now);
    } else if (!old && now) changes.added.push(now);
    else if (old && !now) changes.removed.push(old);
    else if (old && now && old.source.text !== now.source.text) changes.changed.push({ before: old, after: now });
  }
  return changes;
}

function byName<T>(files: readonly Loaded<T>[]): ReadonlyMap<string, Loaded<T>> {
  return new Map(files.map((loaded) => [loaded.name, loaded]));
}

/** That nobody knows what a file says, or said before; it has a place if it is there now. */
export function unreadable(file: string, when: 'before' | 'after', isThere: boolean): PolicyEvent {
  return { kind: 'unreadable', file, when, ...(isThere && { place: { file, line: 1 } }) };
}
