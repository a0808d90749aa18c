import { describe, expect, it } from 'vitest';
import { accountsToAsk, chooseFocus } from '../../scripts/cli/choose-focus.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import type { Case } from '../../scripts/diagnosis/case.ts';
import type { Facts } from '../../scripts/diagnosis/facts.ts';
import { ABSENT, ACCOUNT, aCase, aContainer, aMeter, FACTS, told } from '../support/case-fixture.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

const SILENT = { kind: 'silent', why: 'docker did not answer within 3 s' } as const;
const id = (start: string) => start.padEnd(64, '0');

function seen(facts: Partial<Facts> = {}, more: Partial<Case> = {}): Case {
  return aCase({ facts: { ...FACTS, ...facts }, ...more });
}

/** What a word is about, in short. */
function focus(word: string, found: Case): string {
  const chosen = chooseFocus(word, found);
  if (chosen.kind === 'account') return chosen.entitlement.account;
  const { id, name = '-', entitlement } = chosen;
  return `${id.replace(/0+$/, '')} ${name} ${entitlement?.account ?? '-'}`;
}

function refusal(word: string, found: Case): string {
  try {
    return `no error, but ${focus(word, found)}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.verb).toBe('doctor');
    return error.message;
  }
}

const running = (...containers: readonly (readonly [start: string, name: string])[]) => {
  return { containers: told(containers.map(([start, name]) => aContainer({ id: id(start), name }))) };
};
const people = (...names: readonly string[]) => ({
  people: told(names.map((name) => ({ name, uid: 1000, home: '/home/x' }))),
});

describe('an account', () => {
  it.each(['204214', '204214@hertie-school.lan', '204214@STUDENTS.hertie-school.org', 'ds01-researcher-204214.slice'])(
    'that policy lists is meant in any spelling: %s',
    (word) => {
      expect(focus(word, seen())).toBe('204214@hertie-school.lan');
    },
  );

  it('that policy lists goes before containers', () => {
    expect(focus('204214', seen(running(['204214', '204214'])))).toBe('204214@hertie-school.lan');
  });

  it('that nobody lists is meant if the machine knows it, by whatever domain', () => {
    expect(focus('100001', seen(people('100001@students.hertie-school.org')))).toBe('100001@hertie-school.lan');
    expect(focus('100001', seen(people('100001')))).toBe('100001@hertie-school.lan');
  });

  it.each([999, 0, 65_534])('of UID %s is nobody who works here', (uid) => {
    const system = told([{ name: 'daemon', uid, home: '/' }]);
    expect(refusal('daemon', seen({ people: system }))).toMatch(/^"daemon" is no account/);
  });

  it('is meant if a slice of it runs, also in a group that it has left', () => {
    const slice = (name: string) => seen({}, { all: [aMeter(`/ds01.slice/ds01-researcher.slice/${name}`)] });
    expect(focus('100001', seen({}, { all: [aMeter(ACCOUNT)] }))).toBe('100001@hertie-school.lan');
    expect(focus('100001', slice('ds01-researcher-100001.slice'))).toBe('100001@hertie-school.lan');
    expect(focus('ds01-student-100001.slice', seen({}, { all: [aMeter(ACCOUNT)] }))).toBe('100001@hertie-school.lan');
    expect(refusal('100001', slice('ds01-researcher-1000011.slice'))).toMatch(/^"100001" is no account/);
    expect(refusal('100001', slice('ds01-student-100001.service'))).toMatch(/^"100001" is no account/);
    expect(refusal('100001', slice('ds01-100001.slice'))).toMatch(/^"100001" is no account/);
  });

  it('is meant where nobody can say who is there, and no container is called so', () => {
    const unsaid = { people: { kind: 'silent', why: 'getent did not answer within 3 s' } } as const;
    expect(focus('100001', seen(unsaid))).toBe('100001@hertie-school.lan');
    expect(focus('train', seen({ ...unsaid, ...running(['a', 'train']) }))).toBe('a train -');
    expect(focus('100001', seen({ ...unsaid, ...running(['100001', 'x']) }))).toBe('100001 x -');
  });

  it('is only meant by its whole name while neither the directory nor Docker answers', () => {
    const unsaid = { people: { kind: 'silent', why: 'getent did not answer within 3 s' }, containers: SILENT } as const;
    expect(focus('100001@hertie-school.lan', seen(unsaid))).toBe('100001@hertie-school.lan');
    expect(refusal('train', seen(unsaid))).toBe(
      '"train" is no account that policy lists or this machine knows, and no container that runs here; accounts that no ' +
        'file lists are not known: getent did not answer within 3 s; names of containers are not known: docker did not ' +
        'answer within 3 s',
    );
  });
});

describe('a container', () => {
  it('is meant by its name, and goes before an account that nobody lists', () => {
    expect(focus('train', seen({ ...running(['abcd', 'train']), ...people('train') }))).toBe('abcd train -');
  });

  it('is not meant by a part of its name, or another case', () => {
    const found = seen(running(['abcd', 'train']));
    for (const word of ['trai', 'Train']) expect(refusal(word, found)).toMatch(/^".*" is no account/);
  });

  it('is meant by four digits of its id and more, after an account that the machine knows', () => {
    const found = seen(running(['1234abc', 'a'], ['1234def', 'b'], ['777', 'c']));
    expect(focus('1234a', found)).toBe('1234abc a -');
    expect(focus('7770', found)).toBe('777 c -');
    expect(focus(id('1234def'), found)).toBe('1234def b -');
    expect(refusal('777', found)).toMatch(/^"777" is no account/);
    expect(focus('7770', seen({ ...running(['777', 'c']), ...people('7770') }))).toBe('7770@hertie-school.lan');
  });

  it('is found in the cgroups where Docker is not there, with whose it is', () => {
    const inSlice = aMeter(`${ACCOUNT}/docker-${id('beef')}.scope`);
    const outside = aMeter(`/system.slice/docker-${id('dead')}.scope`);
    const found = seen({ containers: ABSENT }, { all: [aMeter(ACCOUNT), inSlice, outside] });
    expect(focus('beef', found)).toBe('beef - 100001@hertie-school.lan');
    expect(focus('dead', found)).toBe('dead - -');
  });

  it('is there once where both know it', () => {
    const meter = aMeter(`${ACCOUNT}/docker-${id('beef')}.scope`);
    const found = seen(running(['beef', 'train']), { all: [meter] });
    expect(focus('beef', found)).toBe('beef train 100001@hertie-school.lan');
    expect(focus('train', found)).toBe('beef train 100001@hertie-school.lan');
  });
});

describe('a word that means nothing here', () => {
  const listed = resolvePolicy({ 'members/alice.yaml': memberText('alice', 'researcher') });

  it('is refused with what was probably meant', () => {
    const nobody = 'no account that policy lists or this machine knows, and no container that runs here';
    const found = seen(running(['a', 'jupyter']), { resolved: listed });
    expect(refusal('alcie', found)).toBe(`"alcie" is ${nobody}; did you mean alice@hertie-school.lan?`);
    expect(refusal('jupiter', found)).toBe(`"jupiter" is ${nobody}; did you mean jupyter?`);
    expect(refusal('nobody-like-that', found)).toBe(`"nobody-like-that" is ${nobody}`);
    expect(refusal('jupiter', seen({ containers: ABSENT }))).toBe(`"jupiter" is ${nobody}`);
  });

  it('may be a container where Docker does not answer', () => {
    expect(refusal('train', seen({ containers: SILENT }))).toBe(
      '"train" is no account that policy lists or this machine knows, and no container that runs here; ' +
        'names of containers are not known: docker did not answer within 3 s',
    );
  });

  it('begins the ids of several containers', () => {
    const many = ['1', '2', '3', '4', '5', '6'].map((digit) => [`abcd${digit}`, `n${digit}`] as const);
    expect(refusal('abcd', seen(running(...many.slice(0, 2))))).toBe(
      '"abcd" begins the ids of several containers: abcd10000000 (n1), abcd20000000 (n2)',
    );
    expect(refusal('abcd', seen(running(...many.slice(0, 5))))).toMatch(/abcd50000000 \(n5\)$/);
    expect(refusal('abcd', seen(running(...many)))).toMatch(/abcd50000000 \(n5\) and 1 more$/);
    const alike = (digit: string) => aMeter(`/docker/${`${'ab'.repeat(8)}${digit}`.padEnd(64, '0')}`);
    expect(refusal('ab'.repeat(8), seen({}, { all: [alike('1'), alike('2')] }))).toBe(
      `"${'ab'.repeat(8)}" begins the ids of several containers: ${'ab'.repeat(8)}1, ${'ab'.repeat(8)}2`,
    );
  });

  it.each(['student', 'ds01-student.slice'])('is a group: %s', (word) => {
    expect(refusal(word, seen())).toBe(
      `"${word}" is a group: name an account or a container, or nothing for the whole machine`,
    );
  });
});

describe('before anybody waits', () => {
  const resolved = resolvePolicy();

  it.each([
    ['204214', ['204214@hertie-school.lan']],
    ['A.Student@hertie-school.org', ['a.student@hertie-school.lan']],
    ['ds01-student-100001.slice', ['100001@hertie-school.lan']],
    ['Train_1', ['train_1@hertie-school.lan']],
    ['x'.repeat(65), []],
  ])('%s is asked for by the names that it may be', (word, accounts) => {
    expect(accountsToAsk(word, resolved)).toEqual(accounts);
  });

  it.each(['x@example.org', '../../etc', '...', '@hertie-school.lan', '-x', 'a b', '\u001b[2J'])(
    '%j is refused: it can be nothing',
    (word) => {
      expect(() => accountsToAsk(word, resolved)).toThrow(
        new UsageError(
          `"${word}" is neither an account of this site nor the name of a container: write name@hertie-school.lan, or what Docker calls the container`,
          'doctor',
        ),
      );
    },
  );
});
