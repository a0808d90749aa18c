import { type Document, isScalar, parseDocument } from 'yaml';
import { excerptOf, type Finding, type Location } from './finding.ts';
import { findTextProblem, type Range, type TextProblem } from './source-text.ts';
import { escapeKey, type Span, Walk } from './walk.ts';

/** Keys and indexes from the top of a file down to one value, as in `['limits', 'per_group', 'tasks_max']`. */
export type KeyPath = readonly (string | number)[];

/** A policy file that reads as plain YAML, with the place of every key and value in its text. */
export interface Source {
  /** Path relative to the policy folder. */
  readonly file: string;
  readonly text: string;
  /** Maps, lists, strings, numbers, booleans and null only. */
  readonly value: unknown;
  readonly spans: ReadonlyMap<string, Span>;
}

/** What can be pointed at: a value, or the key in front of it. */
export type Part = 'key' | 'value';

/**
 * Reads the text of one policy file as YAML 1.2 (core schema) and refuses all of YAML that does not read as it is:
 * anchors, aliases, merge keys, tags, several documents, duplicate keys, numbers in disguise.
 */
export function readSource(file: string, text: string): { readonly source?: Source; readonly findings: Finding[] } {
  const textProblem = findTextProblem(text);
  if (textProblem) return { findings: [toFinding({ file, text }, textProblem)] };
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false, ...QUIET });
  const problem = findDocumentProblem(document, text);
  if (problem) return { findings: [toFinding({ file, text }, problem)] };
  const walk = new Walk(text);
  const value = walk.read(document.contents, '', { value: [0, 0] });
  const findings = walk.problems.map((problem) => toFinding({ file, text }, problem));
  return findings.length > 0 ? { findings } : { source: { file, text, value, spans: walk.spans }, findings };
}

/**
 * Line and column of a value or its key. A path that is not in the file gives its nearest parent: for a key that is
 * missing, the key of the map it is missing from.
 */
export function locate(source: Source, path: KeyPath, part: Part = 'value'): Location {
  for (let length = path.length; ; length--) {
    const span = source.spans.get(pointer(path.slice(0, length)));
    if (!span) continue;
    const missing = length < path.length;
    if ((part === 'key' || missing) && span.key) return toLocation(source, span.key);
    // What is about the file as a whole points at its first line: nobody wants to see all of it marked.
    const [start, end] = span.value;
    return toLocation(source, missing || length === 0 ? [start, start] : [start, end]);
  }
}

/** Where a value and its key stand in the text; nothing if the path is not in the file. */
export function spanOf(source: Source, path: KeyPath): Span | undefined {
  return source.spans.get(pointer(path));
}

/** Line of a value, counted from 1: cheaper than `locate` where only the line is wanted. */
export function lineOf(source: Source, path: KeyPath): number {
  const span = source.spans.get(pointer(path));
  return span ? positionOf(source.text, (span.key ?? span.value)[0]).line : locate(source, path).line;
}

// Errors are in `document.errors`; nothing is printed, and no excerpts are made that nobody shows. With `silent`
// instead of `error` the library would not say that there are several documents.
const QUIET = { prettyErrors: false, logLevel: 'error' } as const;

function findDocumentProblem(document: Document.Parsed, text: string): TextProblem | undefined {
  // Only the first: what follows a syntax error is mostly its echo.
  const error = document.errors[0];
  if (error?.code === 'MULTIPLE_DOCS') {
    const message = 'a policy file is one YAML document';
    return {
      rule: 'yaml-documents',
      message,
      range: error.pos,
      fix: 'put each member and each group into a file of its own',
    };
  }
  if (error) {
    const words = error.code === 'BLOCK_AS_IMPLICIT_KEY' ? COLON : error.message;
    const message = words.charAt(0).toLowerCase() + words.slice(1);
    return { rule: 'yaml-syntax', message, range: clamp(error.pos, text), fix: SYNTAX_FIX };
  }
  const [before = '', directive] = DIRECTIVE.exec(text) ?? [];
  if (directive !== undefined) {
    const range = [before.length - directive.length, before.length] as const;
    return { rule: 'yaml-tag', message: 'YAML directives are not allowed', range, fix: 'remove the line' };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return { rule: 'yaml-empty', message: 'the file is empty', range: [0, 0], fix: EMPTY_FIX };
  }
  return undefined;
}

// Directives stand before everything but comments.
const DIRECTIVE = /^(?: *(?:#.*)?\n)*(%.*)/;
// The parser says "nested mappings are not allowed in compact mappings"; mostly it is a sentence with a colon.
const COLON = 'a value with ": " in it is not text to YAML, but a map within a line';
const SYNTAX_FIX =
  'look at indentation, quotes and brackets, here and just before; text with ": " or " #" needs quotes';
const EMPTY_FIX = 'write the policy, or delete the file if nothing is meant to be in it';

// RFC 6901: the path of a value as one string.
function pointer(path: KeyPath): string {
  return path.map((key) => `/${escapeKey(String(key))}`).join('');
}

function toFinding(source: { readonly file: string; readonly text: string }, problem: TextProblem): Finding {
  const { rule, message, range, related, fix } = problem;
  const location = toLocation(source, range);
  return {
    rule,
    severity: 'error',
    message,
    location,
    excerpt: excerptOf(source.text, location),
    related: related ? [{ location: toLocation(source, related.range), message: related.message }] : [],
    fix,
  };
}

function toLocation(source: { readonly file: string; readonly text: string }, [start, end]: Range): Location {
  const from = positionOf(source.text, start);
  const to = positionOf(source.text, end);
  return { file: source.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', end + 1)) {
    line++;
    lineStart = end + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

// A file that breaks off is reported behind its last character: the caret belongs on the last line that has text.
function clamp([start, end]: readonly [number, number], text: string): Range {
  const last = text.trimEnd().length;
  return start > last ? [last, last] : [start, end];
}
