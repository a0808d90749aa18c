import { join } from 'node:path';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import { check } from '../../scripts/policy/check.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { type Resolved, resolve } from '../../scripts/policy/resolve.ts';
import type { FoundFile } from '../../scripts/units/plan.ts';
import type { Unit } from '../../scripts/units/render.ts';
import { policyFile } from './policy-files.ts';
import { REPOSITORY } from './repository.ts';

/** A day on which all grants of the policy of the tests hold. */
export const DAY = '2026-06-15';

/** Policy as it was when the tests were written: a pull request that only changes policy does not have to touch them. */
export function policyOfTheTests(texts: Readonly<Record<string, string | undefined>> = {}): readonly PolicyFile[] {
  const kept = readPolicyFolder(join(REPOSITORY, 'test/commands/policy')).filter(({ path }) => !(path in texts));
  const given = Object.entries(texts).flatMap(([path, text]) => (text === undefined ? [] : [policyFile(path, text)]));
  return [...kept, ...given];
}

/** Reads, checks and resolves policy files. Throws what is wrong with them. */
export function resolveFiles(files: readonly PolicyFile[], day = DAY): Resolved {
  const clock = { kind: 'day', day } as const;
  const { policy, findings } = check(files, clock);
  if (!policy) throw new Error(findings.map(({ location, message }) => `${location.file}: ${message}`).join('\n'));
  return resolve(policy, clock);
}

/** The policy of the tests on its day, with some files replaced, added, or (`undefined`) taken out. */
export function resolvePolicy(texts: Readonly<Record<string, string | undefined>> = {}, day = DAY): Resolved {
  return resolveFiles(policyOfTheTests(texts), day);
}

/** Units as a reader would find them on a host. */
export function asFound(units: readonly Pick<Unit, 'path' | 'text'>[]): readonly FoundFile[] {
  return units.map(({ path, text }) => ({ kind: 'file', path, text }));
}

/** A member file of the policy of the tests. */
export function memberText(account: string, group: string, more = 'expires: never\n'): string {
  return `accounts: [${account}@hertie-school.lan]\ngroup: ${group}\nreason: a reason\ngranted: 2025-12-05\n${more}`;
}

/** A group file of the policy of the tests; `more` stands below `limits:`. */
export function groupText(perGroup: string, more = ''): string {
  return `description: a group\nlimits:\n  per_group: { ${perGroup} }\n${more}`;
}

/** Files of so many members of one group, `members/m001.yaml` and on. */
export function memberTexts(count: number, group: string, more?: string): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `m${String(index + 1).padStart(3, '0')}`);
  return Object.fromEntries(names.map((name) => [`members/${name}.yaml`, memberText(name, group, more)]));
}
