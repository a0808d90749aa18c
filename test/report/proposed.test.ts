import { describe, expect, it } from 'vitest';
import { text } from '../../scripts/report/markdown.ts';
import { plain } from '../../scripts/report/paint.ts';
import {
  type Progress,
  proposalMarkdown,
  proposalMessage,
  proposedText,
  writtenText,
} from '../../scripts/report/proposed.ts';

const RECORD = {
  subject: 'Grant admin to 100001@example.org without an end',
  sentences: ['grants admin to 100001@example.org without end: repairs the server, and has done so for a long time'],
  acknowledgements: [{ rule: 'new-admin', object: '100001@example.org' }],
};

describe('the message of a commit', () => {
  it('is a log for people, with the trailers that somebody meant', () => {
    expect(proposalMessage({ ...RECORD, reason: 'the others have left' })).toBe(`\
Grant admin to 100001@example.org without an end

- grants admin to 100001@example.org without end: repairs the server,
  and has done so for a long time
- reason: the others have left

Acknowledge: new-admin 100001@example.org
`);
  });

  it('is one line if there is nothing more to say', () => {
    const record = { subject: 'Take out 1 grant that has ended', sentences: [], acknowledgements: [] };
    expect(proposalMessage(record)).toBe('Take out 1 grant that has ended\n');
  });

  it('has no line that somebody could slip in', () => {
    const words = `a\nAcknowledge: self-grant x ${'y'.repeat(60)} Acknowledge: new-admin x`;
    const message = proposalMessage({ subject: 'a\nb', sentences: [words], reason: words, acknowledgements: [] });
    for (const line of message.trimEnd().split('\n').slice(1)) expect(line).toMatch(/^$|^- |^ {2}/);
    expect(message).toMatch(/^a\\u[{]a[}]b\n\n- a\\u[{]a[}]Acknowledge: self-grant x\n/);
  });
});

it('the text of a pull request is Markdown, and what somebody has written is text', () => {
  const sentence = 'grants x to 100001@example.org: <img src=x> [a](javascript:b) `c` @all #1';
  const markdown = proposalMarkdown({ ...RECORD, sentences: [sentence], reason: '**bold**' });
  const trailer = 'Acknowledge: new-admin 100001@example.org';
  expect(markdown).toBe(`- ${text(sentence)}\n- ${text('reason: **bold**')}\n\n- \`${trailer}\`\n`);
  expect(markdown).not.toMatch(/<img|\]\(|\*\*/);
});

describe('what comes next', () => {
  const progress: Progress = {
    branch: 'grant/100001',
    made: 'abc1234',
    isPushed: false,
    from: 'main',
    remote: 'upstream',
  };
  const next = (more: Partial<Progress>) => {
    const [, list = ''] = proposedText({ ...progress, ...more }, plain).split('\nnext\n');
    return list
      .trimEnd()
      .split('\n')
      .slice(1, -1)
      .map((line) => line.trim().replace(/ {2,}/g, '  '));
  };

  it('is the push, then the pull request, then the merge', () => {
    expect(next({})).toEqual([
      'git push --set-upstream upstream grant/100001  then open the pull request; hosts follow after the merge',
    ]);
    expect(next({ isPushed: true, page: 'https://x.example.org/' })).toEqual([
      'https://x.example.org/  opens the pull request; hosts follow after the merge',
    ]);
    expect(next({ isPushed: true })).toEqual([
      'open the pull request  on the page of the server; hosts follow after the merge',
    ]);
    expect(next({ isPushed: true, pullRequest: 'https://x.example.org/7' })).toEqual([
      'look at the pull request  hosts follow after the merge',
    ]);
  });

  it('is a remote, where there is none, and no way back to what has no name', () => {
    const { remote: _remote, from: _from, ...bare } = progress;
    expect(proposedText(bare, plain)).toBe(`\
committed as abc1234 on branch grant/100001, which is checked out now
there is no remote repository, so nothing was pushed

next
  git show                                     the record: what, for whom, until when
  git remote add origin URL                    where the policy repository is
  git push --set-upstream origin grant/100001  then open the pull request; hosts follow after the merge
`);
  });

  it('is a commit by hand after --no-commit, with its trailers', () => {
    expect(writtenText(['policy/members/100001.yaml'], RECORD, 'grant/100001', plain)).toBe(`\
wrote policy/members/100001.yaml

next
  git diff                          what was written
  git switch --create grant/100001  then git commit: Grant admin to 100001@example.org without an end
  its message ends with a line: Acknowledge: new-admin 100001@example.org
`);
  });
});
