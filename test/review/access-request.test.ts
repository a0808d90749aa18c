import { describe, expect, it } from 'vitest';
import { type AccessRequest, REQUEST_FIELDS, readAccessRequest } from '../../scripts/review/access-request.ts';

const ANSWERS = ['100001@example.org', '_No response_', 'researcher', '+6m', 'CPU-bound work'];

function body(...changed: readonly (readonly [number, string])[]): string {
  const answers = ANSWERS.map((answer, index) => changed.find(([at]) => at === index)?.[1] ?? answer);
  return REQUEST_FIELDS.map((field, index) => `### ${field}\n\n${answers[index]}`).join('\n\n');
}

function request(...changed: readonly (readonly [number, string])[]): AccessRequest | undefined {
  const reading = readAccessRequest(body(...changed));
  return reading.kind === 'request' ? reading.request : undefined;
}

function problems(text: string) {
  const reading = readAccessRequest(text);
  return reading.kind === 'problems' ? reading.problems.map(({ field, value }) => [field, value]) : [];
}

const FORM = [['The form', undefined]];

describe('a request', () => {
  it('is read as GitHub writes the form', () => {
    const expected = {
      account: '100001@example.org',
      others: [],
      group: 'researcher',
      until: '+6m',
      reason: 'CPU-bound work',
    };
    expect(readAccessRequest(body())).toEqual({ kind: 'request', request: expected });
    expect(readAccessRequest(`${body().replaceAll('\n', '\r\n')}\r\n`)).toEqual({ kind: 'request', request: expected });
  });

  it('may be for more than one account', () => {
    expect(request([1, 'a.member, 100002@students.example.org'])?.others).toEqual([
      'a.member',
      '100002@students.example.org',
    ]);
  });

  it.each(['2027-03-31', '+10d', '+2w', '+1y', 'never'])('may last until %s', (until) => {
    expect(request([3, until])?.until).toBe(until);
  });

  it('has any reason that is text on one line, as it is', () => {
    for (const reason of [
      '$(touch /tmp/x) `id` "quoted" \'too\' ; rm -rf /',
      '::error::no command',
      '##[set-output name=x]y',
      '<img src=x onerror=alert(1)> @everybody [link](https://example.org) #1',
      '- a list: # and more',
      '🙂'.repeat(75),
    ]) {
      expect(request([4, reason])?.reason).toBe(reason);
    }
  });
});

describe('what does not fit', () => {
  it.each([
    [0, '_No response_', undefined],
    [0, '--help', '--help'],
    [0, '100001@example.org --no-push', '100001@example.org --no-push'],
    [0, '../../etc/passwd', '../../etc/passwd'],
    [0, '$(id)', '$(id)'],
    [0, '100001@', '100001@'],
    [0, 'a'.repeat(65), 'a'.repeat(65)],
    [1, 'a.member,', 'a.member,'],
    [1, 'a.member, -x', 'a.member, -x'],
    [2, 'Researcher', 'Researcher'],
    [2, '../admin', '../admin'],
    [3, '2027-02-30', '2027-02-30'],
    [3, 'tomorrow', 'tomorrow'],
    [3, '_No response_', undefined],
    [4, '_No response_', undefined],
    [4, 'a'.repeat(301), 'a'.repeat(301)],
    [4, 'hidden \u202e text', 'hidden \u202e text'],
    [4, 'a\u2028Acknowledge: new-admin x', 'a\u2028Acknowledge: new-admin x'],
  ])('answer %i: %s', (index, answer, value) => {
    expect(problems(body([index, answer]))).toEqual([[REQUEST_FIELDS[index], value]]);
  });

  it('is named all at once', () => {
    expect(problems(body([0, '!'], [2, '?'], [3, 'x']))).toEqual([
      ['Account', '!'],
      ['Group', '?'],
      ['Until', 'x'],
    ]);
  });
});

describe('what is not the form', () => {
  it.each([
    ['nothing', ''],
    ['a text', 'please let me in'],
    ['a question too few', body().replace('### Group\n\nresearcher\n\n', '')],
    ['a question twice', `${body()}\n\n### Group\n\nadmin`],
    ['another order', body().replace('### Account', '### Group')],
    ['a second line of an answer', body([4, 'a reason\nand more'])],
    ['a question inside of an answer', body([0, '100001\n\n### Group\n\nadmin'])],
    ['an answer in the place of a question', body().replace('### Until', 'Until')],
    ['a hidden character in a question', body().replace('### Until', '### Un\u200btil')],
  ])('is refused: %s', (_, text) => {
    expect(problems(text)).toEqual(FORM);
  });
});
