import { type Finding, startOf } from './finding.ts';
import type { Answer, Group, Member, Site } from './policy.ts';
import { type Misspelling, type ReadDocument, readAllow, readGroup, readMember, readSite } from './read-document.ts';
import { type DocumentKind, findSchemaProblems } from './schema.ts';
import type { SchemaProblem } from './schema-problem.ts';
import { readSource, type Source } from './source.ts';
import { toFinding } from './violation.ts';

/** One entry of the policy folder, before anything was read into it. */
export type PolicyFile = { readonly path: string } & (
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'unusable'; readonly reason: string; readonly fix: string; readonly rule: FileRule }
);

/** Rules about files as such; the reader of a folder or of a commit reports them. */
export type FileRule = 'file-type' | 'file-size' | 'file-unreadable';

/** A file that has its place in policy. `content` is absent if its text or shape is wrong: the name is known all the same. */
export interface Loaded<T> {
  readonly file: string;
  /** File name without `.yaml`. */
  readonly name: string;
  readonly source?: Source;
  readonly content?: T;
}

/** What could be read of a policy that may be full of errors. Rules work on this. */
export interface Draft {
  readonly site?: Loaded<Site>;
  readonly groups: readonly Loaded<Group>[];
  readonly members: readonly Loaded<Member>[];
  /** Answers to guards; absent if there is no such file. */
  readonly allow?: Loaded<readonly Answer[]>;
  /** Limits whose spelling is wrong; they are absent from `content`. */
  readonly misspellings: readonly Misspelling[];
}

/** The version of the policy format that this program understands. */
export const POLICY_VERSION = 1;

/** What `load` makes of the files. */
export interface Loading {
  readonly draft: Draft;
  readonly findings: readonly Finding[];
  /** False if a whole folder could not be read: then what seems to be missing may only be out of sight. */
  readonly complete: boolean;
}

/** Reads the files of a policy folder, in any order. Never throws: what is wrong is in `findings`. */
export function load(files: readonly PolicyFile[]): Loading {
  const loader = new Loader();
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) loader.add(file);
  if (!loader.site && loader.complete) loader.findings.push(MISSING_SITE);
  const { site, groups, members, allow, misspellings, findings, complete } = loader;
  const draft = { ...(site && { site }), groups, members, ...(allow && { allow }), misspellings };
  return { draft, findings, complete };
}

const MISSING_SITE: Finding = {
  rule: 'file-missing',
  severity: 'error',
  message: 'site.yaml does not exist',
  location: startOf('site.yaml'),
  related: [],
  fix: 'restore it, or name the folder that holds site.yaml, groups/ and members/ with --policy DIR',
};

class Loader {
  site: Loaded<Site> | undefined;
  readonly groups: Loaded<Group>[] = [];
  readonly members: Loaded<Member>[] = [];
  allow: Loaded<readonly Answer[]> | undefined;
  readonly misspellings: Misspelling[] = [];
  readonly findings: Finding[] = [];
  complete = true;

  add(file: PolicyFile): void {
    const [, folder, name] = /^(?:(groups|members)\/)?([^/]+)\.yaml$/.exec(file.path) ?? [];
    if (file.path === 'README.md') return;
    if (folder === 'groups' && name) this.groups.push(this.#load('group', file, name, readGroup));
    else if (folder === 'members' && name) this.members.push(this.#load('member', file, name, readMember));
    else if (file.path === 'site.yaml') this.site = this.#load('site', file, 'site', readSite);
    else if (file.path === 'allow.yaml') this.allow = this.#load('allow', file, 'allow', readAllow);
    else if (file.kind === 'unusable' && FOLDERS.includes(file.path)) {
      this.#report(file.path, file.rule, file.reason, file.fix);
      this.complete = false;
    } else this.#report(file.path, 'file-stray', `"${file.path}" has no place in policy`, strayFix(file.path));
  }

  #load<T>(kind: DocumentKind, file: PolicyFile, name: string, read: ReadDocument<T>): Loaded<T> {
    const loaded = { file: file.path, name };
    const text = file.kind === 'file' ? decode(file.bytes) : undefined;
    if (file.kind === 'unusable') this.#report(file.path, file.rule, file.reason, file.fix);
    else if (text === undefined) this.#report(file.path, 'text-encoding', 'the file is not UTF-8 text', ENCODING_FIX);
    if (text === undefined) return loaded;
    const { source, findings } = readSource(file.path, text);
    this.findings.push(...findings);
    if (!source) return loaded;
    const problems = findVersionProblem(kind, source) ?? findSchemaProblems(kind, source.value);
    for (const { rule, ...violation } of problems) {
      this.findings.push(toFinding({ id: rule, severity: 'error' }, { source, ...violation }));
    }
    // A key that nobody knows is an error, and no reason to keep silent about the others.
    if (problems.some(({ rule }) => rule !== 'schema-unknown-key')) return { ...loaded, source };
    return { ...loaded, source, content: read(source, name, this.misspellings) };
  }

  #report(file: string, rule: string, message: string, fix: string): void {
    this.findings.push({ rule, severity: 'error', message, location: startOf(file), related: [], fix });
  }
}

const FOLDERS: readonly string[] = ['.', 'groups', 'members'];

const ENCODING_FIX = 'save it as UTF-8, or look whether it was cut off';

function decode(bytes: Uint8Array): string | undefined {
  // Text has no zero bytes: this is UTF-16, or what a crash left of a file.
  if (bytes.includes(0)) return undefined;
  try {
    // A byte order mark stays in: it is reported as what it is, a character that cannot be seen.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// A newer format has keys that this program does not know: one finding instead of one for each of them.
function findVersionProblem(kind: DocumentKind, source: Source): readonly SchemaProblem[] | undefined {
  const { version } = source.value as { version?: unknown };
  if (kind !== 'site' || typeof version !== 'number' || version <= POLICY_VERSION) return undefined;
  const message = `policy format ${version} is newer than format ${POLICY_VERSION}, the newest that this tool knows`;
  return [{ rule: 'format-version', path: ['version'], part: 'value', message, fix: 'upgrade ds01-policy first' }];
}

function strayFix(path: string): string {
  const [, name] = /^(site|allow|(?:groups|members)\/[^/]+)\.(?:yml|YAML|YML|json)$/.exec(path) ?? [];
  if (name !== undefined) return `rename it to ${name}.yaml`;
  return 'policy is site.yaml, groups/<group>.yaml, members/<id>.yaml and allow.yaml: move this out of the policy folder';
}
