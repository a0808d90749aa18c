import { flow, shorten } from './flow.ts';
import type { Kind, KindValues } from './kinds.ts';
import { UNLIMITED } from './unlimited.ts';
import { GRAMMARS } from './value-grammars.ts';
import { repairWord } from './value-repair.ts';

/** A value that was read, or why it cannot be and what to write instead. */
export type Reading<V> =
  | { readonly ok: true; readonly value: V }
  | { readonly ok: false; readonly message: string; readonly fix?: string };

/** Reads a value as policy spells it. The grammar is the one of schemas/limits.schema.json. */
export function readValue<K extends Kind>(kind: K, raw: unknown): Reading<KindValues[K]> {
  const grammar = GRAMMARS[kind];
  const value = grammar.read(raw);
  if (value !== undefined) return { ok: true, value };
  const word = grammar.read(UNLIMITED) === undefined ? undefined : UNLIMITED;
  if (raw === null) {
    const or = word === undefined ? ', or remove the line' : `, or ${word} if no limit is meant`;
    return { ok: false, message: 'no value', fix: `write a value${or}` };
  }
  const text = flow(raw);
  const repaired = (word && repairWord(text)) ?? grammar.repair(text.trim());
  const message = `${typeof raw === 'string' ? `"${shorten(text)}"` : shorten(text)} is not ${grammar.noun}`;
  return repaired === undefined ? { ok: false, message } : { ok: false, message, fix: `write ${repaired}` };
}

/** Spells a value as policy does; equal values have one spelling (`1024M` is `1G`). */
export function printValue<K extends Kind>(kind: K, value: KindValues[K]): string {
  return GRAMMARS[kind].print(value);
}

/** The single CPUs of a list such as `0-2,8`. */
export function expandCpuList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const bounds = range.split('-').map(Number);
    const first = Math.min(...bounds);
    return Array.from({ length: Math.max(...bounds) - first + 1 }, (_, index) => first + index);
  });
}
