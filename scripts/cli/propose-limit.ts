import { HostRefusal } from '../host/host-failure.ts';
import { type Edit, edit } from '../policy/edit.ts';
import { fieldsOf, SCOPES, type Scope } from '../policy/fields.ts';
import type { Kind } from '../policy/kinds.ts';
import { nearest } from '../policy/nearest.ts';
import { type KeyPath, type Source, spanOf } from '../policy/source.ts';
import { UNLIMITED } from '../policy/unlimited.ts';
import { printValue, readValue } from '../policy/values.ts';
import { type CurrentPolicy, findGrant, memberSource, sourceOf } from './current-policy.ts';
import type { Conversation } from './prompt.ts';
import { type Proposal, readReason } from './proposal.ts';
import { UsageError } from './usage-error.ts';

/** Whose limit becomes what, as it was given on the command line; what is absent is asked for. */
export interface LimitWish {
  readonly owner: string | undefined;
  /** `per_group.tasks_max`. */
  readonly limit: string | undefined;
  readonly value: string | undefined;
  readonly device: string | undefined;
  readonly reason: string | undefined;
}

const VERB = 'set-limit';
const NONE = 'none';

/** Writes one limit of a group, a member or the site, or takes its line out. Throws UsageError and HostRefusal. */
export async function proposeLimit(current: CurrentPolicy, wish: LimitWish, talk: Conversation): Promise<Proposal> {
  const owner = await talk.need(wish.owner, 'GROUP|ACCOUNT|site', 'a group, an account, or site', (text) => {
    return findOwner(current, text);
  });
  const question = 'which limit (as in per_group.tasks_max)';
  const limit = await talk.need(wish.limit, 'SCOPE.FIELD', question, (text) => readLimit(text, owner, wish.device));
  const now = writtenValue(owner.source, limit);
  const asked = `value (now ${now ?? 'none'}; none takes the line out)`;
  const value = await talk.need(wish.value, 'VALUE', asked, (text) => readLimitValue(limit, text));
  const reason = wish.reason === undefined ? undefined : readReason(wish.reason, VERB);
  const name = `${limit.scope}.${limit.field}${limit.device === undefined ? '' : ` for ${limit.device}`}`;
  if (value === undefined && now === undefined) {
    throw new HostRefusal(`${owner.words} has no ${name} of its own: there is no line to take out`);
  }
  if (value !== undefined && now === printRaw(limit, value)) {
    throw new HostRefusal(`${name} of ${owner.words} is ${now} already; ${current.label(owner.source.file)} says so`);
  }
  const change: Edit = { path: limit.path, ...(value !== undefined && { value }) };
  return {
    files: new Map([[owner.source.file, edit(owner.source, [change]).text]]),
    branch: `limit/${owner.name}-${limit.field}`,
    ...(reason !== undefined && { reason }),
  };
}

interface Owner {
  readonly kind: 'site' | 'group' | 'member';
  readonly name: string;
  /** `researcher`, `100001@example.org`, `the site`. */
  readonly words: string;
  readonly source: Source;
}

function findOwner(current: CurrentPolicy, text: string): Owner {
  const { policy, draft, resolved } = current;
  const group = draft.groups.find(({ name }) => name === text);
  if (group) return { kind: 'group', name: text, words: text, source: sourceOf(group.source, text) };
  if (text === 'site')
    return { kind: 'site', name: text, words: 'the site', source: sourceOf(draft.site?.source, text) };
  const names = [...policy.groups.keys(), 'site'];
  const guess = text.includes('@') ? undefined : nearest(text, names);
  if (guess !== undefined && !resolved.accounts.has(`${text}@${policy.site.accountDomain}`)) {
    throw new UsageError(`"${text}" is no group; did you mean ${guess}?`, VERB);
  }
  const { member, state, account } = findGrant(current, text, VERB);
  const again = `ds01-policy grant ${member.id} grants it anew`;
  if (state === 'expired') throw new HostRefusal(`the grant of ${account} ended on ${member.expires.value}: ${again}`);
  return { kind: 'member', name: member.id, words: account, source: memberSource(current, member) };
}

interface Limit {
  readonly scope: Scope;
  readonly field: string;
  readonly kind: Kind;
  readonly device: string | undefined;
  readonly path: KeyPath;
}

function readLimit(text: string, owner: Owner, device: string | undefined): Limit {
  const [first = '', field = '', ...rest] = text.split('.');
  if (field === '' || rest.length > 0) {
    throw new UsageError(`"${text}" is not SCOPE.FIELD: the scope is always written, as in per_group.tasks_max`, VERB);
  }
  const scope = SCOPES.find((name) => name === first);
  if (!scope) throw new UsageError(`scope "${first}" does not exist: it is one of ${listed(first, SCOPES)}`, VERB);
  if (scope === 'per_group' && owner.kind !== 'group') {
    throw new UsageError(`per_group belongs to a group, and ${owner.words} is none: write per_member`, VERB);
  }
  const fields = fieldsOf(scope);
  const kind = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!kind) {
    throw new UsageError(`${scope} has no "${field}": it has ${listed(field, Object.keys(fields))}`, VERB);
  }
  if (device !== undefined && kind !== 'device_rates') {
    throw new UsageError(`--device is for rates of devices, and ${field} holds for all`, VERB);
  }
  if (device !== undefined && !device.startsWith('/dev/')) {
    throw new UsageError(`--device "${device}" is not the path of a device: write it as in /dev/nvme0n1`, VERB);
  }
  return { scope, field, kind, device, path: ['limits', scope, field, ...(device === undefined ? [] : [device])] };
}

function listed(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return `${known.join(', ')}${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}

/** The value as it is written; nothing for `none`. */
function readLimitValue(limit: Limit, text: string): string | number | undefined {
  if (text === NONE) return undefined;
  const { kind, field, device } = limit;
  const raw = COUNTED.includes(kind) && /^-?[0-9]+([.][0-9]+)?$/.test(text) ? Number(text) : text;
  const reading = readValue(kind, device === undefined ? raw : { [device]: raw });
  if (reading.ok) return raw;
  const free = text === UNLIMITED ? `; ${NONE} takes the line of this device out` : '';
  const one = kind === 'device_rates' ? '; --device PATH says which device' : '';
  const fix = reading.fix === undefined ? '' : `; ${reading.fix}`;
  throw new UsageError(`${field}: ${reading.message}${fix}${device === undefined ? one : free}`, VERB);
}

const COUNTED: readonly Kind[] = ['tasks', 'count', 'weight', 'cores'];

/** What a file says itself, as policy spells it. */
function writtenValue(source: Source, limit: Limit): string | undefined {
  if (!spanOf(source, limit.path)) return undefined;
  const raw = limit.path.reduce((value, key) => (value as Readonly<Record<string, unknown>>)[key], source.value);
  return printRaw(limit, raw);
}

function printRaw({ kind, device }: Limit, raw: unknown): string {
  const reading = readValue(kind, device === undefined ? raw : { [device]: raw });
  return reading.ok ? printValue(kind, reading.value as never) : String(raw);
}
