import type { Plan } from '../units/plan.ts';
import type { Label } from './findings.ts';
import type { Paint } from './paint.ts';
import { planText } from './plan-text.ts';
import { columns, printable } from './printable.ts';
import { endedSentence, type RollbackRecord } from './rollback-record.ts';

/** A rollback that was made, for people: what it changes on a host, where everything is, and what comes next. */
export function rolledBackText(
  { record, made, from, plan }: { record: RollbackRecord; made: string; from?: string; plan?: Plan },
  label: Label,
  paint: Paint,
): string {
  const { rollback, backup } = record.branches;
  const rows = record.reverts.map(({ commit, risk }) => {
    return [commit.short, commit.date, `risk ${risk.level}`, printable(commit.subject)];
  });
  const next = [
    ['git show', 'the record: what, why, and how to have it again'],
    [`git push -u origin ${rollback}`, 'then open the pull request; hosts follow after the merge'],
    [`git switch ${printable(from ?? `--detach ${record.head}`)}`, 'back to where you were'],
  ];
  const lines = [
    plan ? planText(plan, label, paint) : `${NO_PLAN}\n`,
    paint('strong', `taken back by ${made}, on branch ${rollback}, which is checked out now`),
    ...columns(rows, '  '),
    `kept on branch ${backup}, at ${record.head}`,
    ...record.ended.map((grant) => paint('warning', printable(endedSentence(grant)))),
    '',
    paint('strong', 'next'),
    ...columns(next, '  '),
  ];
  return `${lines.join('\n')}\n`;
}

const NO_PLAN = 'policy had errors before, so no host has it: plan says there what changes';
