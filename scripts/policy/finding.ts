/** A place in a policy file, relative to the policy folder. Lines and columns count from 1, columns in UTF-16 units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** An `error` makes the policy unusable; a `warning` is worth a look and changes nothing. */
export type Severity = 'error' | 'warning';

/** A problem in policy: what is wrong, where, what else has to do with it, and the way out. */
export interface Finding {
  /** Rule id: name of the rule's file, of its test folder and of its heading in policy/README.md. */
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence, lower case, no full stop; quotes the value and says what is allowed. */
  readonly message: string;
  readonly location: Location;
  /** The line of policy that `location` begins in; absent where there is no text to show. */
  readonly excerpt?: string;
  readonly related: readonly { readonly location: Location; readonly message: string }[];
  /** The way out: what to write or to do. */
  readonly fix?: string;
}

/** Puts findings into the order they are shown in: by file, line, column, rule, message; the same for any input order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      compare(a.location.file, b.location.file) ||
      a.location.line - b.location.line ||
      a.location.column - b.location.column ||
      compare(a.rule, b.rule) ||
      compare(a.message, b.message),
  );
}

/** A place in a file that has no text to point into: missing, unreadable, not a file. */
export function startOf(file: string): Location {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
}

/** The line of a text that a location begins in, without its end of line. */
export function excerptOf(text: string, location: Location): string {
  return text.split('\n', location.line).slice(-1).join('');
}

// Code units, not the locale: the order must be the same on every machine.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
