import type { ApplyEvent, HistoryRecord, PolicySource, RefuseEvent, WordEvent } from '../follow/record.ts';
import { count, printable } from './printable.ts';

/** What an entry of the journal is about. */
export type EntryKind =
  | 'applied'
  | 'refused'
  /** It failed before anything was changed. */
  | 'failed'
  | 'restored'
  | 'broken'
  | 'paused'
  | 'resumed'
  | 'trusted'
  | 'stopped'
  | 'installed'
  | 'uninstalled';

/**
 * MESSAGE_ID of each kind of entry, the same for ever: `journalctl MESSAGE_ID=…` finds all of a kind. PRIORITY as in
 * syslog(3): 2 somebody has to come, 3 something failed, 4 somebody should know, 5 somebody did something, 6 all is well.
 */
export const ENTRIES: Readonly<Record<EntryKind, { readonly id: string; readonly priority: number }>> = {
  applied: { id: 'e90d02fffc55434380e31c1c4decf411', priority: 6 },
  refused: { id: 'a14d37258f5146d7b99e655446f9a853', priority: 4 },
  failed: { id: '38c4f431ce574503b75b71e2b67824a3', priority: 3 },
  restored: { id: '3c6be6aaa815474fa8e8b428f08ddc2a', priority: 3 },
  broken: { id: '85b2ae5ebc0944478efc9b9a8a2c513b', priority: 2 },
  paused: { id: 'ac1db6cd3e994123a86102076ad98dd3', priority: 5 },
  resumed: { id: '39512d672d1643c4bffe949b98b753e6', priority: 5 },
  trusted: { id: '3d9dfc184caa496eb1198e5d91305d69', priority: 4 },
  stopped: { id: '846b6f392aa646f2b3f34b0aa7ee44a4', priority: 3 },
  installed: { id: '80643972f3e4409babfaeff35379b95a', priority: 5 },
  uninstalled: { id: '75ca54ac6bd3477d96678eab4ce2ac03', priority: 5 },
};

/**
 * An entry of the journal for a record of the history (systemd.journal-fields(7)); `digest` is the SHA-256 of its line, so
 * that a history whose end was cut off can be told by the journal. Each value is on one line, whatever is in the record.
 */
export function journalFields(
  record: HistoryRecord,
  digest: string,
): readonly (readonly [name: string, value: string])[] {
  const { kind, message, fields } = entryOf(record);
  const { id, priority } = ENTRIES[kind];
  const all = {
    MESSAGE: message,
    MESSAGE_ID: id,
    PRIORITY: String(priority),
    SYSLOG_IDENTIFIER: 'ds01-policy',
    // So that `journalctl -u ds01-policy-apply` has it: whoever sends it is gone before journald can look at its unit.
    OBJECT_SYSTEMD_UNIT: 'ds01-policy-apply.service',
    DS01_POLICY_RESULT: kind,
    ...fields,
    DS01_POLICY_AT: record.at,
    DS01_POLICY_HISTORY_DIGEST: digest,
  };
  return Object.entries(all).map(([name, value]) => [name, printable(value)] as const);
}

interface Entry {
  readonly kind: EntryKind;
  readonly message: string;
  /** Those that not every kind has. */
  readonly fields: Readonly<Record<string, string>>;
}

function entryOf(record: HistoryRecord): Entry {
  if (record.kind === 'apply') return applyEntry(record);
  return record.kind === 'refuse' ? refuseEntry(record) : wordEntry(record);
}

const OF_RESULT = {
  applied: { kind: 'applied', exitCode: 0 },
  untouched: { kind: 'failed', exitCode: 4 },
  restored: { kind: 'restored', exitCode: 4 },
  broken: { kind: 'broken', exitCode: 5 },
} as const satisfies Readonly<Record<ApplyEvent['result'], { kind: EntryKind; exitCode: number }>>;

function applyEntry({ result, policy, cause, digest, changes, failure = '', seconds }: ApplyEvent): Entry {
  const { kind, exitCode } = OF_RESULT[result];
  return {
    kind,
    message: applyMessage(result, `${commitWord(policy)} (${cause})`, count(changes.length, 'change'), failure),
    fields: {
      DS01_POLICY_EXIT_CODE: String(exitCode),
      ...commitField(policy),
      DS01_POLICY_CAUSE: cause,
      DS01_POLICY_DIGEST: digest,
      DS01_POLICY_CHANGES: String(changes.length),
      ...(seconds !== undefined && { DS01_POLICY_SECONDS: String(seconds) }),
      // A failure begins with the step at which it happened.
      ...(failure !== '' && { DS01_POLICY_STEP: failure.replace(/: .*$/s, ''), DS01_POLICY_FAILURE: failure }),
    },
  };
}

function applyMessage(result: ApplyEvent['result'], what: string, changes: string, failure: string): string {
  switch (result) {
    case 'applied':
      return `applied ${what}: ${changes}, verified`;
    case 'untouched':
      return `did not apply ${what}, nothing was changed: ${failure}`;
    case 'restored':
      return `took back ${what}: ${failure}`;
    case 'broken':
      return `DEGRADED: could not apply ${what}, nor take it back: ${failure}`;
  }
}

function refuseEntry({ policy, exitCode, why }: RefuseEvent): Entry {
  return {
    kind: 'refused',
    message: `refused ${commitWord(policy)}: ${why}`,
    fields: { DS01_POLICY_EXIT_CODE: String(exitCode), ...commitField(policy), DS01_POLICY_FAILURE: why },
  };
}

function wordEntry(event: WordEvent): Entry {
  switch (event.kind) {
    case 'pause':
      return byHand('paused', `paused until ${event.pause.until}`, event.by, event.pause.reason);
    case 'resume':
      return byHand('resumed', 'resumed', event.by);
    case 'trust': {
      const entry = byHand('trusted', `trusts commit ${event.commit}`, event.by, event.reason);
      return { ...entry, fields: { ...entry.fields, DS01_POLICY_COMMIT: event.commit } };
    }
    case 'install':
      return byHand('installed', 'installed', event.by);
    case 'uninstall':
      return byHand('uninstalled', 'uninstalled', event.by);
    case 'stop':
      return { kind: 'stopped', message: `drift is not put right any more: ${event.what}`, fields: {} };
  }
}

function byHand(kind: EntryKind, what: string, by: string, reason?: string): Entry {
  const why = reason === undefined ? '' : `: ${reason}`;
  const fields = { DS01_POLICY_BY: by, ...(reason !== undefined && { DS01_POLICY_REASON: reason }) };
  return { kind, message: `${what}, by ${by}${why}`, fields };
}

function commitWord({ commit }: PolicySource): string {
  return commit === null ? 'policy without a commit' : `commit ${commit.slice(0, 12)}`;
}

function commitField({ commit }: PolicySource): Readonly<Record<string, string>> {
  return commit === null ? {} : { DS01_POLICY_COMMIT: commit };
}
