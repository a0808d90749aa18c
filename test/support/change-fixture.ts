import { readFileSync } from 'node:fs';
import type { Clock } from '../../scripts/policy/calendar.ts';
import { check } from '../../scripts/policy/check.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { resolve } from '../../scripts/policy/resolve.ts';
import type { Acknowledgement, Change, PolicyState, ReviewedCommit } from '../../scripts/review/change.ts';
import type { PolicyTexts } from './fixture.ts';
import { policyOfTheTests } from './resolve-policy.ts';

/** The day of the reviews in test/changes/. */
export const REVIEW_DAY = '2026-06-01';

/** What a change is made of. */
export interface ChangeParts {
  /** What policy of the tests is changed by on both sides, then on each; absent `before`: there was none. */
  readonly both?: PolicyTexts;
  readonly before?: PolicyTexts;
  readonly after?: PolicyTexts;
  readonly commits?: readonly Partial<ReviewedCommit>[];
  readonly otherFiles?: readonly string[];
  readonly authors?: readonly string[];
}

/** A change of the policy of the tests, with a commit for what nobody says of its commits. */
export function changeOf({ both = {}, before, after = {}, ...parts }: ChangeParts): Change {
  const now = policyOfTheTests({ ...both, ...after });
  const was = before === undefined ? [] : policyOfTheTests({ ...both, ...before });
  return {
    ...(before && { before: stateOf(was) }),
    after: stateOf(now),
    commits: (parts.commits ?? []).map((commit, index) => ({ ...commitNumber(index + 1), ...commit })),
    policyFiles: differing(was, now).map((path) => `policy/${path}`),
    otherFiles: parts.otherFiles ?? [],
    folder: 'policy/',
    authors: parts.authors ?? [],
  };
}

/** Reads and checks policy on the day of the reviews. */
export function stateOf(files: readonly PolicyFile[]): PolicyState {
  const clock: Clock = { kind: 'day', day: REVIEW_DAY };
  const { draft, policy } = check(files, clock);
  return { files, draft, ...(policy && { policy, resolved: resolve(policy, clock) }) };
}

function commitNumber(number: number): ReviewedCommit {
  const short = `c0000${String(number).padStart(2, '0')}`;
  return {
    ...{ name: short.padEnd(40, '0'), short, subject: 'Change something', isMerge: false },
    author: { name: 'Tester', mail: 'tester@example.org' },
    ...{ acknowledgements: [], policyFiles: [], otherFiles: [] },
  };
}

function differing(before: readonly PolicyFile[], after: readonly PolicyFile[]): readonly string[] {
  const text = (file: PolicyFile | undefined) => (file?.kind === 'file' ? Buffer.from(file.bytes).toString() : file);
  const at = (files: readonly PolicyFile[], path: string) => files.find((file) => file.path === path);
  const paths = [...new Set([...before, ...after].map(({ path }) => path))].sort();
  return paths.filter((path) => text(at(before, path)) !== text(at(after, path)));
}

/**
 * The changes of a fixture file. `#### both|before|after members/x.yaml` begins a file of policy, with `deleted` behind it
 * one that is not there. `#### commit NAME <MAIL> SUBJECT` and `#### merge …` begin a commit: paths, and trailers. `#### other`
 * lists files elsewhere, `#### proposed by NAMES` and `#### nothing before` stand alone, `#### next` begins another change.
 */
export function readChangeFixture(path: string): readonly Change[] {
  const changes = readFileSync(path, 'utf8').split(/^#### next\n/m);
  return changes.map((text) => {
    const [start, ...parts] = text.split(/^#### /m);
    if (start !== '') throw new Error(`${path}: a change does not begin with "#### "`);
    return readChange(parts, path);
  });
}

function readChange(parts: readonly string[], path: string): Change {
  const sides = { both: {}, before: {}, after: {} } as Record<string, Record<string, string | undefined>>;
  const commits: Partial<ReviewedCommit>[] = [];
  const more: { otherFiles?: readonly string[]; authors?: readonly string[] } = {};
  let isFirst = false;
  for (const part of parts) {
    const [head = '', body = ''] = [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)];
    const [word = '', file = '', deleted] = head.split(' ');
    const side = sides[word];
    if (side) side[file] = deleted === 'deleted' ? undefined : body;
    else if (word === 'commit' || word === 'merge') commits.push(readCommit(head, body));
    else if (head === 'other') more.otherFiles = linesOf(body);
    else if (head.startsWith('proposed by ')) more.authors = head.slice('proposed by '.length).split(', ');
    else if (head === 'nothing before') isFirst = true;
    else throw new Error(`${path}: "#### ${head}" means nothing`);
  }
  const { before, ...others } = sides;
  return changeOf({ ...others, ...(!isFirst && before && { before }), commits, ...more });
}

function readCommit(head: string, body: string): Partial<ReviewedCommit> {
  const [, word, name = '', mail = '', subject = ''] = /^([a-z]+) (.*) <(.*)> (.*)$/.exec(head) ?? [];
  const lines = linesOf(body);
  const acknowledgements = lines.flatMap((line): readonly Acknowledgement[] => {
    const [, rule, object = ''] = /^Acknowledge: (\S+) ?(.*)$/.exec(line) ?? [];
    return rule === undefined ? [] : [{ rule, object }];
  });
  const paths = lines.filter((line) => !line.startsWith('Acknowledge: '));
  return {
    ...{ author: { name, mail }, subject, isMerge: word === 'merge', acknowledgements },
    policyFiles: paths.filter((file) => file.startsWith('policy/')),
    otherFiles: paths.filter((file) => !file.startsWith('policy/')),
  };
}

function linesOf(body: string): readonly string[] {
  return body.split('\n').filter((line) => line !== '');
}
