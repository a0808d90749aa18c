import { isDay } from '../policy/calendar.ts';
import { findHiddenCharacter } from '../policy/source-text.ts';

/** What somebody asks for with the form "Request access"; each value has the form that `grant` takes. */
export interface AccessRequest {
  readonly account: string;
  /** More accounts of the same person. */
  readonly others: readonly string[];
  readonly group: string;
  /** A day, how long from today on, or `never`. */
  readonly until: string;
  readonly reason: string;
}

/** What is wrong with one answer of the form. `value` was written by anybody; absent if there is nothing. */
export interface RequestProblem {
  readonly field: string;
  readonly value?: string;
  /** What has to be there. */
  readonly expected: string;
}

/** What a form says, or all that is wrong with it. */
export type RequestReading =
  | { readonly kind: 'request'; readonly request: AccessRequest }
  | { readonly kind: 'problems'; readonly problems: readonly RequestProblem[] };

/** The questions of the form, in its order: .github/ISSUE_TEMPLATE/request-access.yml. */
export const REQUEST_FIELDS = ['Account', 'More accounts of the same person', 'Group', 'Until', 'Reason'] as const;

type Field = (typeof REQUEST_FIELDS)[number];

// What GitHub writes for a question that nobody has answered.
const NOTHING = '_No response_';

const ACCOUNT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}(?:@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?)?$/;
const GROUP = /^[a-z][a-z0-9_]{0,31}$/;
const LENGTH = /^\+[1-9][0-9]{0,3}[dwmy]$/;
const LONGEST_REASON = 300;

const FORMS: Readonly<Record<Field, { readonly expected: string; fits(value: string): boolean }>> = {
  Account: { expected: 'one login name, as in 100001 or 100001@example.org', fits: (value) => ACCOUNT.test(value) },
  'More accounts of the same person': {
    expected: 'login names with commas between them, or nothing',
    fits: (value) => value === '' || splitAccounts(value).every((account) => ACCOUNT.test(account)),
  },
  Group: { expected: 'the name of a group', fits: (value) => GROUP.test(value) },
  Until: {
    expected: 'the last day: YYYY-MM-DD, +10d, +2w, +6m, +1y, or never',
    fits: (value) => value === 'never' || LENGTH.test(value) || isDay(value),
  },
  Reason: {
    expected: `one line of at most ${LONGEST_REASON} characters, all of which can be seen`,
    fits: (value) => value !== '' && value.length <= LONGEST_REASON && findHiddenCharacter(value) === undefined,
  },
};

/**
 * Reads an issue that was made with the form: each question once and in order, one line of answer each, and nothing else.
 * An issue can be made and edited without the form, so that nothing about its text is certain.
 */
export function readAccessRequest(body: string): RequestReading {
  const answers = readAnswers(body.replaceAll('\r\n', '\n'));
  if (!answers) {
    const expected = `the questions ${REQUEST_FIELDS.join(', ')}, once each, in this order, with one line of answer each`;
    return { kind: 'problems', problems: [{ field: 'The form', expected }] };
  }
  const problems = REQUEST_FIELDS.flatMap((field): readonly RequestProblem[] => {
    const value = answers[field];
    const { expected, fits } = FORMS[field];
    return fits(value) ? [] : [{ field, expected, ...(value !== '' && { value }) }];
  });
  if (problems.length > 0) return { kind: 'problems', problems };
  const { Account: account, Group: group, Until: until, Reason: reason } = answers;
  return { kind: 'request', request: { account, others: splitAccounts(answers[OTHERS]), group, until, reason } };
}

const OTHERS = 'More accounts of the same person';

function readAnswers(body: string): Readonly<Record<Field, string>> | undefined {
  const lines = body.split('\n').map((line) => line.trim());
  const [first, ...rest] = lines.filter((line) => line !== '');
  const blocks = rest.length === REQUEST_FIELDS.length * 2 - 1 ? [first, ...rest] : [];
  const pairs = REQUEST_FIELDS.map((field, index) => {
    const isAsked = blocks[index * 2] === `### ${field}`;
    const answer = blocks[index * 2 + 1] ?? '';
    return [field, isAsked ? (answer === NOTHING ? '' : answer) : undefined] as const;
  });
  if (pairs.some(([, answer]) => answer === undefined)) return undefined;
  // Each field is there: the pairs are made of them.
  return Object.fromEntries(pairs) as Record<Field, string>;
}

function splitAccounts(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((account) => account.trim());
}
