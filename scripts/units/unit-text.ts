/** One `Directive=value` line of a unit file. */
export interface Assignment {
  readonly section: string;
  readonly directive: string;
  readonly value: string;
}

/** How every file of ours begins. A file without it belongs to somebody else and is never touched. */
export const MARK = '# Managed by ds01-policy';

/** Whether a unit file carries the mark. */
export function isMarked(text: string): boolean {
  return text.startsWith(MARK);
}

// A backslash can join a line with the next; systemd ends lines at LF, CR and NUL.
const ENDS_LINE = /[\\\n\r\0]/;

/** Text of a unit file that policy asks for; `editInstead` names the policy file to change. */
export function printUnit(editInstead: string, assignments: readonly Assignment[]): string {
  return printMarked(`the next apply undoes an edit here. Edit policy/${editInstead} instead.`, assignments);
}

/**
 * Text of a file of ours: the mark with a remark, then the sections in the order given. Throws if a value would not stay
 * in its line: the grammars of policy do not let one through.
 */
export function printMarked(remark: string, assignments: readonly Assignment[]): string {
  const lines = [`${MARK}: ${remark}`];
  let section = '';
  for (const assignment of assignments) {
    if (assignment.section !== section) lines.push('', `[${assignment.section}]`);
    section = assignment.section;
    if (ENDS_LINE.test(assignment.value)) throw new Error(`${assignment.directive} cannot be written in one line`);
    lines.push(`${assignment.directive}=${assignment.value}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Reads a unit file the way systemd does (systemd.syntax(7)): `#` and `;` begin comments, a backslash at the end of a
 * line joins it with the next, space around a line and its `=` does not count. Lines without `=` are passed over.
 */
export function parseUnit(text: string): readonly Assignment[] {
  const assignments: Assignment[] = [];
  let section = '';
  for (const line of logicalLines(text)) {
    const equals = line.indexOf('=');
    if (/^\[.*\]$/.test(line)) section = line.slice(1, -1);
    else if (equals > 0) {
      assignments.push({
        section,
        directive: line.slice(0, equals).trimEnd(),
        value: line.slice(equals + 1).trimStart(),
      });
    }
  }
  return assignments;
}

function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let pending = '';
  for (const line of text.split(/\r\n|[\n\r\0]/)) {
    // Comments may stand between the parts of a joined line.
    if (/^\s*[#;]/.test(line)) continue;
    // Two backslashes are one that joins nothing, and neither does one with a space behind it.
    if (line.endsWith('\\') && /(?<!\\)(\\\\)*\\$/.test(line)) pending += `${line.slice(0, -1)} `;
    else {
      lines.push(`${pending}${line}`.trim());
      pending = '';
    }
  }
  return [...lines, pending.trim()];
}
