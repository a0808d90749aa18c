import type { Told } from './told.ts';

/**
 * Understands what somebody told. `read` gives nothing for what it cannot understand: then it is as if nothing was said,
 * but for how it begins.
 */
export function understand<T extends string | Readonly<Record<string, string>>, U>(
  told: Told<T>,
  who: string,
  read: (value: T) => U | undefined,
): Told<U> {
  if (told.kind !== 'told') return told;
  const value = read(told.value);
  if (value !== undefined) return { kind: 'told', value };
  const text = typeof told.value === 'string' ? told.value : Object.values(told.value).join('\n');
  const why = text.trim() === '' ? 'nothing' : `what cannot be understood, beginning with '${beginning(text)}'`;
  return { kind: 'silent', why: `${who} prints ${why}` };
}

function beginning(text: string): string {
  return text.trim().replace(/\n.*$/s, '').slice(0, 60).trimEnd();
}

/** The value of a JSON text; nothing if it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object of JSON; without fields if it is none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of JSON; empty if it is none, as where Docker and others write null for it. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** All of a list, or nothing if one of them could not be understood. */
export function allOf<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The lines of a text that say something. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
