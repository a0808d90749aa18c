import type { EndedGrant } from '../follow/ended-grants.ts';
import type { PolicyCommit } from '../follow/revert.ts';
import type { RollbackBranches } from '../follow/rollback-branches.ts';
import type { Reason, Risk } from '../follow/rollback-risk.ts';
import type { Guard } from '../units/guards.ts';
import { EFFECT_WORDS, fromTo, moveSentence, subjectOf } from './plan-words.ts';
import { count, printable } from './printable.ts';

/** A commit that was taken back, as the record has it. */
export interface RevertRecord {
  readonly commit: PolicyCommit;
  /** What it changed outside of the policy folder: that stays. */
  readonly others: readonly string[];
  readonly risk: Risk;
}

/** What was rolled back, and why: what a reviewer has to know, and whoever wants to have it back. */
export interface RollbackRecord {
  /** The policy folder as the repository knows it: `policy/`. */
  readonly folder: string;
  readonly reason?: string;
  /** The commit whose policy came back as a whole; absent if single commits were taken back. */
  readonly target?: PolicyCommit;
  /** Newest first. */
  readonly reverts: readonly RevertRecord[];
  readonly branches: RollbackBranches;
  /** The commit that was checked out before, as short as git makes it. */
  readonly head: string;
  readonly ended: readonly EndedGrant[];
  /** Why a host that has policy as it was would refuse this one. */
  readonly guards: readonly Guard[];
}

/** Columns of a commit message: git log indents it by four. */
const WIDTH = 72;

/**
 * The message of the commit of a rollback. It is one commit for all that is taken back: between the steps, policy could be
 * what nobody has checked; the record cannot be parted from what it is about, also if a pull request is squashed; and what
 * is to be had again is picked from the commits themselves, whose names do not change however this one is merged.
 */
export function rollbackMessage(record: RollbackRecord): string {
  const { reason, target, folder } = record;
  const blocks = [
    [shorten(subjectLine(record))],
    ...(reason === undefined ? [] : [wrapped(`Reason: ${reason}`)]),
    ...(target ? [wrapped(`Everything below ${folder} is as it was at ${naming(target)}, byte for byte.`)] : []),
    ['Taken back, newest first:'],
    record.reverts.flatMap((revert) => revertLines(revert, folder)),
    wrapped(`All of it is kept in ${record.branches.backup}, at ${record.head}.`),
    ['To have it again, oldest first, each when its cause is understood:'],
    [...record.reverts].reverse().map((revert) => `  ${reapplyCommand(revert, folder)}`),
    wrapped('To have all of it again: git revert of this commit.'),
    ...listed('Grants that have ended:', record.ended.map(endedSentence)),
    ...listed(
      'A host refuses this as it is:',
      record.guards.map(({ message, id, wayOut }) => `${message} [${id}]; ${wayOut}`),
    ),
    record.reverts.map(({ commit }) => `Reverts: ${commit.name}`),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** How much harm a commit did or can do, and why: `high: limit falls: …; 2 accounts`. */
export function riskText({ level, reasons, accounts, unlisted }: Risk): string {
  const shown = reasons.slice(0, SHOWN).map(reasonText);
  const more = reasons.length - shown.length;
  const who = [
    ...(accounts === 0 ? [] : [count(accounts, 'account')]),
    ...(unlisted ? ['everybody who is not listed'] : []),
  ];
  const words = [
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(who.length === 0 ? [] : [`affects ${who.join(' and ')}`]),
  ];
  return `${level}: ${words.join('; ') || 'no limit, group or account changes'}`;
}

/** What becomes of a grant whose last day is over when an earlier policy comes back. */
export function endedSentence({ member, ended, heldBefore }: EndedGrant): string {
  if (!heldBefore) return `the grant of ${member} ended on ${ended} and does not come back`;
  return `the grant of ${member} ends with this: its last day was ${ended}, and that it was extended is taken back`;
}

const SHOWN = 3;

function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'guard':
      return `a host refuses it: ${reason.guard.message}`;
    case 'limit': {
      const { effect, key } = reason.difference;
      const words = effect ? `${EFFECT_WORDS[effect]}: ` : '';
      return `${words}${key} of ${subjectOf(reason.path)}, ${fromTo(reason.difference)}`;
    }
    case 'move':
      return `${reason.move.account} ${moveSentence(reason.move)}`;
    case 'unknown':
      return reason.why;
  }
}

function subjectLine({ reverts, target }: RollbackRecord): string {
  if (target) return `Roll back policy to ${naming(target)}`;
  const [newest] = reverts;
  return newest && reverts.length === 1
    ? `Roll back "${newest.commit.subject}"`
    : `Roll back ${count(reverts.length, 'change')} of policy`;
}

function revertLines({ commit, others, risk }: RevertRecord, folder: string): readonly string[] {
  const merge = 'a merge: what it brought into its first parent is taken back';
  const mixed = `only its part below ${folder} is taken back; as it left them are ${namesOf(others)}`;
  return [
    ...wrapped(`- ${commit.short} ${commit.date} ${commit.subject}`, '  '),
    ...(commit.parents.length > 1 ? wrapped(`  ${merge}`, '  ') : []),
    ...(others.length > 0 ? wrapped(`  ${mixed}`, '  ') : []),
    ...wrapped(`  risk ${riskText(risk)}`, '  '),
  ];
}

// For a commit that is only half taken back, cherry-pick would bring the other half, too.
function reapplyCommand({ commit, others, risk }: RevertRecord, folder: string): string {
  const isMerge = commit.parents.length > 1;
  const pick = `git cherry-pick -x ${isMerge ? '-m 1 ' : ''}${commit.short}`;
  const part = `git diff ${commit.short}^ ${commit.short} -- ${quoted(folder)} | git apply -3 --index`;
  return `${others.length === 0 ? pick : part}${risk.level === 'high' ? '  # high risk' : ''}`;
}

function naming({ short, date }: PolicyCommit): string {
  return `${short} of ${date}`;
}

function namesOf(paths: readonly string[]): string {
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return `${paths.slice(0, 5).join(', ')}${more}`;
}

function listed(title: string, items: readonly string[]): readonly (readonly string[])[] {
  return items.length === 0 ? [] : [[title], items.flatMap((item) => wrapped(`- ${item}`, '  '))];
}

// A word for a shell, if somebody copies the line.
function quoted(word: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", "'\\''")}'`;
}

function shorten(line: string): string {
  const safe = printable(line);
  if (safe.length <= WIDTH) return safe;
  const end = safe.endsWith('"') ? '…"' : '…';
  return `${safe.slice(0, WIDTH - end.length).trimEnd()}${end}`;
}

/** Breaks a text between its words; a word that is longer than a line stays whole. */
function wrapped(text: string, indent = ''): readonly string[] {
  const lines: string[] = [];
  const [, margin = '', rest = ''] = /^( *)(.*)$/.exec(printable(text)) ?? [];
  let line = margin;
  for (const word of rest.split(/ +/)) {
    const longer = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (longer.length > WIDTH && line.trim() !== '') {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}
