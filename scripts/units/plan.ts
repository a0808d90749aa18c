import { createHash } from 'node:crypto';
import type { Day } from '../policy/calendar.ts';
import type { Resolved } from '../policy/resolve.ts';
import { type Change, diff } from './diff.ts';
import { findGuards, type Guard, siteRenamed } from './guards.ts';
import { findMoves, type Move } from './moves.ts';
import { render, type Unit } from './render.ts';
import { readRoster } from './roster.ts';
import { isMarked } from './unit-text.ts';

/** One entry of the unit folder that has to do with slices, as a reader of a host found it. */
export type FoundFile =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'obstacle'; readonly path: string; readonly what: string };

/** Something in the place of a unit of ours that is not ours: nothing is written while it is there. */
export interface Conflict {
  readonly path: string;
  readonly message: string;
}

/** What has to change on a host, as a value: shown, reviewed, and then applied as exactly this. */
export interface Plan {
  readonly site: string;
  /** The day that grants were looked at. */
  readonly today: Day;
  /** In the order they are applied. */
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
  readonly guards: readonly Guard[];
  readonly conflicts: readonly Conflict[];
  /** Files of others among the site's slices, which policy says nothing about: they are left alone. */
  readonly foreign: readonly string[];
  /** SHA-256 in hex over every path, its bytes before and after. Equal plans have equal digests. */
  readonly digest: string;
}

/** Compares what a host has with what policy wants on its day. Writes nothing: it has nothing to write with. */
export function plan(found: readonly FoundFile[], resolved: Resolved): Plan {
  const { site, today } = resolved;
  const wanted = render(resolved);
  const ours = found.flatMap((file) => (file.kind === 'file' && isMarked(file.text) ? [file] : []));
  const inside = ours.filter(({ path }) => isInNamespace(path, site.name));
  const strangers = ours.filter(({ path }) => !isInNamespace(path, site.name)).map(({ path }) => path);
  const before = readRoster(inside);
  const renamed = siteRenamed(site.name, strangers.sort());
  const changes = diff(new Map(inside.map(({ path, text }) => [path, text])), wanted);
  return {
    site: site.name,
    today,
    changes,
    moves: findMoves(before, resolved),
    guards: [...(renamed ? [renamed] : []), ...findGuards(before, resolved)],
    conflicts: findConflicts(found, wanted),
    foreign: findForeign(found, wanted, site.name),
    digest: digestOf(changes),
  };
}

/** Whether a path is one of a site's slices or their drop-ins: `ds01.slice`, `ds01-….slice`, `ds01-….slice.d/…`. */
export function isInNamespace(path: string, site: string): boolean {
  const [name = ''] = path.split('/', 1);
  return (name.startsWith(`${site}.`) || name.startsWith(`${site}-`)) && /[.]slice([.]d)?$/.test(name);
}

function findConflicts(found: readonly FoundFile[], wanted: readonly Unit[]): readonly Conflict[] {
  const paths = new Set(wanted.flatMap(({ path }) => [path, path.replace(/\/.*$/, '')]));
  return found.flatMap((file) => {
    if (!paths.has(file.path) || (file.kind === 'file' && isMarked(file.text))) return [];
    const message = file.kind === 'file' ? 'exists and was not written by ds01-policy' : `is ${file.what}`;
    return [{ path: file.path, message }];
  });
}

function findForeign(found: readonly FoundFile[], wanted: readonly Unit[], site: string): readonly string[] {
  const paths = new Set(wanted.map(({ path }) => path));
  const foreign = found.filter((file) => {
    return isInNamespace(file.path, site) && !paths.has(file.path) && !(file.kind === 'file' && isMarked(file.text));
  });
  return foreign.map(({ path }) => path).sort();
}

function digestOf(changes: readonly Change[]): string {
  const canonical = changes.map((change) => {
    const { before, after } = { before: null, after: null, ...change };
    return [change.kind, change.path, before, after];
  });
  return createHash('sha256')
    .update(JSON.stringify(['ds01-policy plan 1', canonical]))
    .digest('hex');
}
