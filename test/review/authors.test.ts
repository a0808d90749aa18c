import { describe, expect, it } from 'vitest';
import type { Member } from '../../scripts/policy/policy.ts';
import { identify, isNamed } from '../../scripts/review/authors.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

const { site } = resolvePolicy();

function member(id: string, accounts: string, github?: string): Member {
  const more = github === undefined ? '' : `github: ${github}\n`;
  const text = `accounts: [${accounts}]\ngroup: researcher\nreason: r\ngranted: 2026-01-10\nexpires: never\n${more}`;
  const [found] = [...resolvePolicy({ [`members/${id}.yaml`]: text }).accounts.values()].filter((account) => {
    return account.member.id === id;
  });
  if (!found) throw new Error(`nobody is called ${id}`);
  return found.member;
}

const [BOTH, FIRST, SECOND] = [
  member('a', 'a@hertie-school.lan, b@hertie-school.lan', 'Octo'),
  member('a', 'a@hertie-school.lan'),
  member('b', 'b@hertie-school.lan'),
];
const OTHER = member('c', 'c@hertie-school.lan', 'cat');

describe('somebody is', () => {
  const self = identify([BOTH, FIRST, SECOND, OTHER], [site])(SECOND);

  it.each([
    'b',
    'B@hertie-school.lan',
    'a@phd.hertie-school.org',
    '@octo',
    '12+octo@users.noreply.github.com',
    'octo@users.noreply.github.com',
  ])('%s, by all files that share a name with the one', (name) => {
    expect(isNamed(name, self)).toBe(true);
  });

  it.each(['c', 'cat', 'a@example.org', 'octo@example.org', ''])('not %j', (name) => {
    expect(isNamed(name, self)).toBe(false);
  });

  it('who the file says, if no other is known', () => {
    const alone = identify([OTHER], [site])(SECOND);
    expect(['a', 'b', 'c'].map((name) => isNamed(name, alone))).toEqual([false, true, false]);
  });
});
