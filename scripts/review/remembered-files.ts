import type { Loaded } from '../policy/load.ts';
import type { PolicyEvent } from './events.ts';
import { isKnown, type Known, unreadable } from './known-files.ts';

/** Files of one kind as they were when they could last be read. */
export class RememberedFiles<T> {
  readonly #known = new Map<string, Known<T>>();
  readonly #unreadable = new Set<string>();

  /** Takes in what was written and removed; gives the files that cannot be read since, or could not until now. */
  take(written: readonly Loaded<T>[], removed: readonly string[]): readonly PolicyEvent[] {
    const gone = removed.filter((file) => written.every((loaded) => loaded.file !== file));
    for (const file of gone) this.#known.delete(file);
    const lost = gone.filter((file) => this.#unreadable.delete(file)).map((file) => unreadable(file, 'before', false));
    return [...lost, ...written.flatMap((loaded) => this.#takeOne(loaded))];
  }

  /** All of them. */
  all(): readonly Known<T>[] {
    return [...this.#known.values()];
  }

  /** Those of them that are called so, relative to the policy folder. */
  some(files: readonly string[]): readonly Known<T>[] {
    return [...new Set(files)].flatMap((file) => this.#known.get(file) ?? []);
  }

  #takeOne(loaded: Loaded<T>): readonly PolicyEvent[] {
    const { file } = loaded;
    if (!isKnown(loaded)) {
      this.#unreadable.add(file);
      return [unreadable(file, 'after', true)];
    }
    this.#known.set(file, loaded);
    return this.#unreadable.delete(file) ? [unreadable(file, 'before', true)] : [];
  }
}
