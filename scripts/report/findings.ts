import type { Finding, Location } from '../policy/finding.ts';
import { code, text as markdown } from './markdown.ts';
import { type Paint, plain } from './paint.ts';
import { count, printable } from './printable.ts';

/** How the path of the policy folder is put before the files in it. */
export type Label = (file: string) => string;

/** Findings for people: place and message, the source line with a caret, related places, and the way out. */
export function findingsText(findings: readonly Finding[], label: Label, paint: Paint): string {
  const blocks = findings.map((finding) => findingLines(finding, label, paint).join('\n'));
  return `${[...blocks, summaryLine(findings, paint)].join('\n\n')}\n`;
}

/** How many errors and warnings there are, in words. */
export function summaryLine(findings: readonly Finding[], paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const parts = [
    errors > 0 && paint('error', count(errors, 'error')),
    warnings > 0 && paint('warning', count(warnings, 'warning')),
  ];
  return parts.filter(Boolean).join(', ') || paint('good', 'no findings');
}

/** Errors in one sentence, for a record: how many, and the first with its place and the way out. */
export function errorsLine(findings: readonly Finding[], label: Label): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) return 'policy has no error';
  const { location, message, fix } = first;
  const place = `${label(location.file)}:${location.line}:${location.column}`;
  const more = errors.length === 1 ? '' : `; ${count(errors.length - 1, 'more error')}, see validate`;
  return `policy has errors: ${place}: ${message}${fix === undefined ? '' : `; ${fix}`}${more}`;
}

/**
 * Findings as Markdown, for comments and the summary of a job: how many there are, then each with its place and the way
 * out. If that has more than `longest` characters, the first of them that fit, and how many that are.
 */
export function findingsMarkdown(
  findings: readonly Finding[],
  label: Label,
  longest = Number.POSITIVE_INFINITY,
): string {
  const head = `**${summaryLine(findings, plain)}**\n`;
  const items = findings.map((finding) => findingItem(finding, label));
  let left = longest - head.length - LONGEST_NOTE;
  // One that is too long by itself does not hide what comes after it.
  const shown = items.filter((item) => {
    const fits = item.length <= left;
    if (fits) left -= item.length;
    return fits;
  });
  const note = shown.length === items.length ? [] : [`${shown.length} of ${count(items.length, 'finding')} shown`];
  return `${[head, shown.join(''), ...note]
    .filter((part) => part !== '')
    .join('\n')
    .trimEnd()}\n`;
}

/** More characters than the line has that says how many are shown. */
const LONGEST_NOTE = 60;

/** Findings as stable JSON, format version 1. */
export function findingsJson(findings: readonly Finding[], label: Label): string {
  const place = (location: Location) => ({ ...location, file: label(location.file) });
  const entries = findings.map(({ location, related, ...finding }) => ({
    ...finding,
    location: place(location),
    related: related.map(({ message, ...other }) => ({ message, location: place(other.location) })),
  }));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return `${JSON.stringify({ version: 1, errors, warnings: findings.length - errors, findings: entries }, null, 2)}\n`;
}

/**
 * Findings as workflow commands, which GitHub shows beside the lines of a pull request. Everything that comes from policy
 * is escaped, so that no text can end the command and begin another.
 */
export function findingsGithub(findings: readonly Finding[], label: Label): string {
  const lines = findings.map(({ severity, location, rule, message, fix }) => {
    const properties = {
      file: printable(label(location.file)),
      line: location.line,
      endLine: location.endLine,
      // GitHub shows columns only for a range within one line.
      ...(location.line === location.endLine && { col: location.column, endColumn: location.endColumn }),
      title: rule,
    };
    const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
    return `::${severity} ${list.join(',')}::${escapeData([message, ...(fix === undefined ? [] : [`fix: ${fix}`])].map(printable).join('\n'))}`;
  });
  return lines.map((line) => `${line}\n`).join('');
}

function findingItem({ severity, location, rule, message, related, fix }: Finding, label: Label): string {
  const place = (at: Location) => code(`${label(at.file)}:${at.line}`);
  return [
    `- **${severity}** ${place(location)}: ${markdown(message)} (${code(rule)})`,
    ...related.map((other) => `  - ${place(other.location)}: ${markdown(other.message)}`),
    ...(fix === undefined ? [] : [`  - fix: ${markdown(fix)}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function findingLines(finding: Finding, label: Label, paint: Paint): readonly string[] {
  const { severity, location, message, rule, excerpt, related, fix } = finding;
  const head = `${paint('strong', position(location, label))}: ${paint(severity, severity)}: ${printable(message)} [${rule}]`;
  return [
    head,
    ...(excerpt === undefined ? [] : caretLines(excerpt, location, paint)),
    ...related.map((other) => `  ${position(other.location, label)}: ${printable(other.message)}`),
    ...(fix === undefined ? [] : [`  fix: ${printable(fix)}`]),
  ];
}

const WIDTH = 110;

function caretLines(excerpt: string, location: Location, paint: Paint): readonly string[] {
  const number = String(location.line);
  const end = location.endLine === location.line ? location.endColumn : excerpt.length + 1;
  const width = Math.max(1, end - location.column);
  // Long lines are cut around the place, so that the caret stays on the screen.
  const from = excerpt.length <= WIDTH ? 0 : Math.max(0, location.column - 60);
  const [left, right] = [from > 0 ? '…' : '', from + WIDTH < excerpt.length ? '…' : ''];
  const text = left + printable(excerpt.slice(from, from + WIDTH));
  const before = left + printable(excerpt.slice(from, location.column - 1));
  const marks = '^'.repeat(Math.min(width, Math.max(1, text.length - before.length)));
  return [
    `  ${number} | ${text}${right}`,
    `  ${' '.repeat(number.length)} | ${' '.repeat(before.length)}${paint('error', marks)}`,
  ];
}

function position(location: Location, label: Label): string {
  return `${printable(label(location.file))}:${location.line}:${location.column}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
