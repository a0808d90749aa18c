import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, canonicalAccount, fullSlug, slugOf } from '../../scripts/policy/account.ts';

const DOMAINS = { accountDomain: 'hertie-school.lan', domainAliases: ['students.hertie-school.org'] };

describe('canonicalAccount', () => {
  it.each([
    ['100001', '100001@hertie-school.lan'],
    [' Ex.Ample ', 'ex.ample@hertie-school.lan'],
    ['100001@Students.Hertie-School.org', '100001@hertie-school.lan'],
    ['100001@hertie-school.lan', '100001@hertie-school.lan'],
    ['100001@example.org', '100001@example.org'],
    ['a@b@students.hertie-school.org', 'a@b@hertie-school.lan'],
    ['', '@hertie-school.lan'],
  ])('"%s" is "%s"', (spelling, account) => {
    expect(canonicalAccount(spelling, DOMAINS)).toBe(account);
  });

  it('leaves canonical accounts alone', () => {
    fc.assert(
      fc.property(fc.string(), (spelling) => {
        const account = canonicalAccount(spelling, DOMAINS);
        expect(canonicalAccount(account, DOMAINS)).toBe(account);
      }),
    );
  });
});

describe('slugOf', () => {
  it.each([
    ['204214@hertie-school.lan', '204214'],
    ['Ex.Ample-Two@hertie-school.lan', 'ex_ample_two'],
    ['_a..b--c_@x', 'a_b_c'],
    ['é.x@x', 'x'],
    ['ÄÖÜ@x', ''],
    ['@x', ''],
    ['a@b@c', 'a'],
  ])('of %s is "%s"', (account, slug) => {
    expect(slugOf(account)).toBe(slug);
  });

  it('is cut as the container tools cut it: 27 characters, no "_" at the end, and four digits of the MD5 of the account', () => {
    const name = (count: number) => 'abcdefghijklmnopqrstuvwxyz0123456789'.slice(0, count);
    expect(slugOf(`${name(32)}@x`)).toBe(name(32));
    // printf %s abcdefghijklmnopqrstuvwxyz0123456@x | md5sum
    expect(slugOf(`${name(33)}@x`)).toBe(`${name(27)}_714d`);
    // printf %s abcdefghijklmnopqrstuvwxyz.0123456789@x | md5sum
    expect(slugOf(`${name(26)}.0123456789@x`)).toBe(`${name(26)}_ea08`);
  });

  const accounts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom('a', 'B', '7', '.', '-', '_', '@', 'é', ' '), maxLength: 60 }),
  );

  it('is at most 32 characters that systemd does not read as hierarchy, or empty', () => {
    fc.assert(fc.property(accounts, (account) => void expect(slugOf(account)).toMatch(/^([a-z0-9]+(_[a-z0-9]+)*)?$/)));
    fc.assert(fc.property(accounts, (account) => void expect(slugOf(account).length).toBeLessThanOrEqual(32)));
  });

  it('of a slug is the slug', () => {
    fc.assert(fc.property(accounts, (account) => void expect(slugOf(slugOf(account))).toBe(slugOf(account))));
  });

  it('does not depend on the domain or on case, unless it is cut', () => {
    const names = fc.string({ unit: fc.constantFrom('a', 'B', '7', '.', '-'), maxLength: 32 });
    fc.assert(fc.property(names, (name) => void expect(slugOf(`${name.toUpperCase()}@y`)).toBe(slugOf(`${name}@x`))));
  });

  it('is different for names that are cut at the same place', () => {
    const slugs = Array.from({ length: 50 }, (_, index) => slugOf(`${'x'.repeat(40)}${index}@x`));
    expect(new Set(slugs).size).toBe(50);
    expect(fullSlug(`${'x'.repeat(40)}1@x`)).toHaveLength(41);
  });
});

it('the grammar of accounts has nothing in it that a shell, a path or a slice name could stumble over', () => {
  for (const good of ['a@b', '_x@b.c', '0@b', `${'x'.repeat(64)}@b`, 'a.b-c_d@e-f.g']) expect(good).toMatch(ACCOUNT);
  for (const bad of [
    '',
    'a',
    '@b',
    'a@',
    'A@b',
    'a@B',
    '.a@b',
    '-a@b',
    'a b@c',
    'a@b@c',
    'a/b@c',
    'a$@c',
    'a@b\n',
    '\na@b',
    'ä@b',
    `${'x'.repeat(65)}@b`,
  ]) {
    expect(bad).not.toMatch(ACCOUNT);
  }
});
