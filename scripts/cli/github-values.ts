import { HostRefusal } from '../host/host-failure.ts';

/** What values of GitHub look like. What has another form is not used for anything. */
const FORMS = {
  commit: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  // Old ones can end with a hyphen.
  login: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?$/,
  // Of the names that git-check-ref-format(1) allows, those that need no quotes anywhere.
  branch: /^(?!.*(?:\.\.|\/\/|\.lock$|[./]$))[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/,
  number: /^[1-9][0-9]{0,9}$/,
  word: /^[A-Za-z_][A-Za-z0-9_-]{0,49}$/,
} as const;

/** A form of values. */
export type Form = keyof typeof FORMS;

/** Whether a text has a form. */
export function hasForm(text: unknown, form: Form): text is string {
  return typeof text === 'string' && FORMS[form].test(text);
}

/** The value at a path of an event or an answer: `pull_request.head.sha`; nothing if something on the way is not there. */
export function at(source: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, key) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    return isObject ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  }, source);
}

/** The text at a path, which has to have a form. Throws HostRefusal. */
export function textAt(source: unknown, path: string, form: Exclude<Form, 'number'>): string {
  const value = at(source, path);
  if (hasForm(value, form)) return value;
  // What it is instead may have been written by anybody.
  throw new HostRefusal(`${path} is not a ${form}, as GitHub writes it`);
}

/** The number at a path. Throws HostRefusal. */
export function numberAt(source: unknown, path: string): number {
  const value = at(source, path);
  if (typeof value === 'number' && hasForm(String(value), 'number')) return value;
  throw new HostRefusal(`${path} is not a number, as GitHub writes it`);
}
