import { readFileSync } from 'node:fs';
import type { Finding } from '../../scripts/policy/finding.ts';
import { findingsText } from '../../scripts/report/findings.ts';
import { plain } from '../../scripts/report/paint.ts';

/** Files of a policy folder by path; `undefined` takes a file out. */
export type PolicyTexts = Readonly<Record<string, string | undefined>>;

/**
 * The policies of a fixture file. `#### members/x.yaml` begins a file of the policy folder, `#### members/x.yaml deleted`
 * takes one out of the policy of record, `#### next` begins another policy.
 */
export function readFixture(path: string): readonly PolicyTexts[] {
  const policies: Record<string, string | undefined>[] = [];
  for (const policy of readFileSync(path, 'utf8').split(/^#### next\n/m)) {
    const [before, ...parts] = policy.split(/^#### /m);
    if (before !== '') throw new Error(`${path} does not begin with a line "#### path"`);
    policies.push(Object.fromEntries(parts.map(readPart)));
  }
  return policies;
}

function readPart(part: string): readonly [string, string | undefined] {
  const end = part.indexOf('\n');
  const [path = '', deleted] = part.slice(0, end).split(' ');
  return [path, deleted === 'deleted' ? undefined : part.slice(end + 1)];
}

/** Findings as `validate` prints them, with paths relative to the policy folder. */
export function textOf(findings: readonly Finding[]): string {
  return findingsText(findings, (file) => file, plain);
}
