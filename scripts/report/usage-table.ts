import type { Level } from '../diagnosis/meter.ts';
import type { UsageNode } from '../diagnosis/rank-usage.ts';
import type { Strain } from '../diagnosis/usage-strains.ts';
import type { Paint, Tone } from './paint.ts';
import { count, printable, shortened } from './printable.ts';
import { USAGE_COLUMNS, type UsageCell, type UsageColumn } from './usage-cells.ts';

/** A table whose lines are not wider than a terminal. */
export interface UsageTable {
  readonly head: readonly string[];
  readonly lines: readonly string[];
}

/** Who uses what as a table; `width` in characters, `foldIdle` makes one line of all that are idle side by side. */
export function usageTable(
  roots: readonly UsageNode[],
  { width, foldIdle }: { readonly width: number; readonly foldIdle: boolean },
  paint: Paint,
): UsageTable {
  const inside = roots.filter(({ meter }) => meter.level !== 'outside');
  const outside = roots.filter((root) => !inside.includes(root));
  const title = outside.length === 0 ? [] : [{ name: 'outside, where no limit of policy holds' }];
  const rows = [...rowsOf(inside, 0, foldIdle), ...title, ...rowsOf(outside, 1, foldIdle)];
  const { columns, hidden, nameWidth } = layOut(rows, width);
  const heads = [0, 1].map((line) => {
    const name = shortened(line === 0 ? '' : 'SLICE', nameWidth).padEnd(nameWidth);
    return columns.reduce((text, column) => `${text} ${(column.head[line] ?? '').padStart(column.wide)} `, name);
  });
  return {
    head: heads.map((text) => paint('strong', text.trimEnd())),
    lines: rows.map((row) => lineOf(row).trimEnd()),
  };

  function lineOf({ name, node }: Row): string {
    if (!node) return paint('faint', shortened(name, Math.min(width, LONGEST)));
    return columns.reduce((text, { wide, cell }) => text + cellText(cell(node), wide, paint), nameText(name, node));
  }

  // What hurts is said also where there is no room for the figure.
  function nameText(name: string, node: UsageNode): string {
    const strains = hidden.flatMap(({ cell }) => cell(node).strain ?? []);
    if (strains.length === 0) return shortened(name, nameWidth).padEnd(nameWidth);
    const text = `${shortened(name, nameWidth - 1)}!`;
    return paint(toneOf(strains), text) + ' '.repeat(nameWidth - text.length);
  }
}

interface Row {
  /** Indented as deep as it is in the tree. */
  readonly name: string;
  /** Absent for a line that stands for several cgroups, or for none. */
  readonly node?: UsageNode;
}

function rowsOf(nodes: readonly UsageNode[], depth: number, foldIdle: boolean): readonly Row[] {
  const idle = nodes.filter((node) => node.isIdle);
  // One alone takes a line either way.
  const folded = foldIdle && idle.length > 1 ? idle : [];
  const rows = nodes
    .filter((node) => !folded.includes(node))
    .flatMap((node) => [{ name: indented(node.label, depth), node }, ...rowsOf(node.children, depth + 1, foldIdle)]);
  return folded.length === 0 ? rows : [...rows, { name: indented(idleText(folded), depth) }];
}

// Names of containers and units are ASCII by their grammars. A cgroup may be called anything, and a character that takes
// the room of two would push the figures aside.
function indented(label: string, depth: number): string {
  return '  '.repeat(depth) + printable(label).replace(/[^ -~]/gu, '?');
}

const NOUNS: Readonly<Record<Level, string>> = {
  site: 'site',
  group: 'group',
  account: 'account',
  container: 'container',
  outside: 'container',
  work: 'service',
};

function idleText(nodes: readonly UsageNode[]): string {
  const nouns = nodes.map(({ meter }) => NOUNS[meter.level]).sort();
  const counts = [...new Set(nouns)].map((noun) => count(nouns.filter((other) => other === noun).length, noun));
  return `${counts.join(', ')} idle`;
}

interface FittedColumn extends UsageColumn {
  readonly wide: number;
}

/** So much of a name is worth more than another column. */
const FEWEST = 16;
/** A name that is longer is cut also where there is room for it: the figures would be far away from all others. */
const LONGEST = 48;

function layOut(rows: readonly Row[], width: number) {
  const nodes = rows.flatMap(({ node }) => node ?? []);
  const longest = Math.min(Math.max(FEWEST, ...rows.map(({ name, node }) => (node ? name.length : 0))), LONGEST);
  const columns = USAGE_COLUMNS.map((column): FittedColumn => {
    const texts = [...column.head, ...nodes.map((node) => column.cell(node).text)];
    return { ...column, wide: Math.max(column.width, ...texts.map(({ length }) => length)) };
  });
  const widths = columns.map((_column, index) => widthOf(columns.slice(0, index + 1)));
  const fitting = columns.filter((_column, index) => FEWEST + (widths[index] ?? 0) <= width);
  const hidden = columns.slice(fitting.length);
  // With a sign for what is hidden.
  const wanted = longest + (hidden.length > 0 ? 1 : 0);
  return { columns: fitting, hidden, nameWidth: Math.max(2, Math.min(wanted, width - widthOf(fitting))) };
}

// A blank before each, and the place of a sign behind it.
function widthOf(columns: readonly FittedColumn[]): number {
  return columns.reduce((sum, { wide }) => sum + wide + 2, 0);
}

function cellText({ text, strain }: UsageCell, wide: number, paint: Paint): string {
  const blanks = ' '.repeat(wide - text.length + 1);
  return blanks + (strain ? paint(toneOf([strain]), `${text}!`) : `${text} `);
}

function toneOf(strains: readonly Strain[]): Tone {
  return strains.some(({ grade }) => grade === 'fails') ? 'error' : 'warning';
}
