import type { LoggedChange, LoggedCommit } from '../../scripts/review/policy-log.ts';
import { policyFile } from '../support/policy-files.ts';

/** A commit of `a`, on the day that its name says if that is a digit. */
export function logged(name: string, parents: readonly string[], more: Partial<LoggedCommit> = {}): LoggedCommit {
  const author = { name: 'a', mail: 'a@example.org' };
  return {
    ...{ name, short: name, parents, at: `2026-11-0${/^[1-9]$/.test(name) ? name : 1}T12:00:00+01:00`, author },
    ...{ committer: more.author ?? author, subject: `Do ${name}`, body: '' },
    ...more,
  };
}

/** What a commit did to files of policy; `undefined` is removed. */
export function change(commit: string, texts: Readonly<Record<string, string | undefined>>): LoggedChange {
  const entries = Object.entries(texts);
  return {
    commit,
    written: entries.flatMap(([path, text]) => (text === undefined ? [] : [policyFile(path, text)])),
    removed: entries.flatMap(([path, text]) => (text === undefined ? [path] : [])),
  };
}
