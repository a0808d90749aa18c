import { describe, expect, it } from 'vitest';
import { instantOf, readCommitObject } from '../../scripts/host/commit-object.ts';

const NAME = '0'.repeat(40);
const HEAD = `tree ${NAME}
author Jö <j@example.org> 1767607200 +0100
committer C  <c@example.org> 0 -0000
`;

function read(text: string | Uint8Array): ReturnType<typeof readCommitObject> {
  return readCommitObject(NAME, Buffer.from(text));
}

describe('the object of a commit', () => {
  it('says who made it, when, and what it is about', () => {
    expect(read(`${HEAD}\n\n\nsubject ü\nbody\n`)).toEqual({
      name: NAME,
      author: { who: 'Jö <j@example.org>', seconds: 1_767_607_200 },
      committer: { who: 'C  <c@example.org>', seconds: 0 },
      subject: 'subject ü',
      signatures: [],
      payload: Buffer.from(`${HEAD}\n\n\nsubject ü\nbody\n`),
    });
    expect(read(`${HEAD}\n`)?.subject).toBe('');
    expect(instantOf({ who: '', seconds: 1_767_607_200 })).toBe('2026-01-05T10:00:00.000Z');
  });

  it('is signed without its signature, to the byte', () => {
    const others = 'encoding latin1\nmergetag object 1\n type commit\n gpgsig in a tag\ngpgsig-sha256 x\n y\n';
    const tail = Buffer.concat([Buffer.from('\ncaf\xe9 \0\n\ngpgsig in words\n', 'latin1'), Buffer.from([0xff, 0xfe])]);
    const signed = Buffer.concat([Buffer.from(`${HEAD}gpgsig -----BEGIN\n \n a b\n -----END\n${others}`), tail]);
    const commit = read(signed);
    expect(commit?.signatures).toEqual(['-----BEGIN\n\na b\n-----END']);
    expect(commit?.payload).toEqual(Buffer.concat([Buffer.from(`${HEAD}${others}`), tail]));
  });

  it('has all its signatures', () => {
    expect(read(`${HEAD}gpgsig a\ngpgsig b\n\nx`)?.signatures).toEqual(['a', 'b']);
  });

  it.each([
    ['without an end of its header', HEAD],
    ['without an author', `${HEAD.replace(/author.*\n/, '')}\n`],
    ['without a date', `${HEAD.replace('1767607200 +0100', '')}\n`],
    ['with a date that no calendar has', `${HEAD.replace('1767607200', '9'.repeat(13))}\n`],
    ['that is empty', ''],
  ])('%s is none', (_name, text) => {
    expect(read(text)).toBeUndefined();
  });
});
