import { describe, expect, it } from 'vitest';
import { attribute } from '../../scripts/review/attribution.ts';
import { logged } from './logged-commits.ts';

const person = (name: string) => ({ name, mail: `${name}@example.org` });

describe('a commit on the branch itself', () => {
  it.each([
    ['is of its author', {}, { authors: [person('a')] }],
    ['was put there by its committer', { committer: person('b') }, { authors: [person('a')], merger: person('b') }],
    [
      'was made on the pages of GitHub, which is nobody',
      { committer: { name: 'GitHub', mail: 'noreply@github.com' } },
      { authors: [person('a')] },
    ],
    [
      'has the address in other letters',
      { committer: { name: 'x', mail: 'A@Example.org' } },
      { authors: [person('a')] },
    ],
    [
      'has no addresses, only names',
      { author: { name: 'x', mail: '' }, committer: { name: 'y', mail: '' } },
      { authors: [{ name: 'x', mail: '' }], merger: { name: 'y', mail: '' } },
    ],
    ['was a pull request', { subject: 'Grant it (#12)' }, { authors: [person('a')], pullRequest: '#12' }],
    ['takes one back', { subject: 'Revert "Grant it (#12)"' }, { authors: [person('a')] }],
    ['talks about one', { subject: 'See (#12) for more' }, { authors: [person('a')] }],
    [
      'was a merge request',
      { body: 'Closes #1\n\nSee merge request lab/policy!34\n' },
      { authors: [person('a')], pullRequest: '!34' },
    ],
    ['talks about a merge request', { body: 'See merge request lab/policy!34 for more' }, { authors: [person('a')] }],
    ['has a number that nobody counts to', { subject: `x (#${'9'.repeat(30)})` }, { authors: [person('a')] }],
  ])('%s', (_what, more, attribution) => {
    const commit = logged('c1', [], more);
    expect(attribute([commit])).toEqual(new Map([['c1', { commit, attribution }]]));
  });
});

describe('a merge', () => {
  it('is of those whose commits it brings in, each once, oldest first, whoever merged it', () => {
    const commits = [
      logged('m', ['1', 'b3'], { author: person('lead'), subject: 'Merge pull request #7 from a/b' }),
      logged('b3', ['b2', 'x'], { author: person('busy'), subject: 'Merge main into b' }),
      logged('b2', ['b1'], { author: person('first') }),
      logged('b1', ['1'], { author: person('second') }),
      logged('x', ['1'], { author: person('first') }),
      logged('1', [], { author: person('old') }),
    ];
    const whose = attribute(commits);
    expect([...whose.keys()]).toEqual(['1', 'm']);
    expect(whose.get('m')?.attribution).toEqual({
      authors: [person('first'), person('second')],
      merger: person('lead'),
      pullRequest: '#7',
    });
  });

  it('names nobody for what an earlier one has brought in', () => {
    const commits = [
      logged('m2', ['m1', 'b2'], { author: person('lead') }),
      logged('b2', ['b1'], { author: person('second') }),
      logged('m1', ['1', 'b1'], { author: person('lead') }),
      logged('b1', ['1'], { author: person('first') }),
      logged('1', []),
    ];
    expect(attribute(commits).get('m2')?.attribution.authors).toEqual([person('second')]);
  });

  it('that brings in nothing is of who made it', () => {
    const commits = [logged('m', ['2', '1'], { author: person('lead') }), logged('2', ['1']), logged('1', [])];
    expect(attribute(commits).get('m')?.attribution).toEqual({ authors: [person('lead')], merger: person('lead') });
  });

  it('of more than two, with commits that are not there', () => {
    const commits = [
      logged('m', ['1', 'b', 'c', 'lost'], { author: person('lead') }),
      logged('c', ['1'], { author: person('third') }),
      logged('b', ['1', 'lost'], { author: person('second') }),
      logged('1', []),
    ];
    expect(attribute(commits).get('m')?.attribution.authors).toEqual([person('third')]);
  });
});

it('of nothing is nothing', () => {
  expect(attribute([])).toEqual(new Map());
});
