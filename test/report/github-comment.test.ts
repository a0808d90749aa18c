import { describe, expect, it } from 'vitest';
import type { Finding } from '../../scripts/policy/finding.ts';
import { COMMENT_MARK, commentText, verdictMarkdown } from '../../scripts/report/github-comment.ts';
import type { Acknowledged } from '../../scripts/review/acknowledgements.ts';

const label = (file: string) => `policy/${file}`;
const PAGE = 'https://github.example.org/example/policy/actions/runs/1';
const COMMIT = 'a'.repeat(40);

function findings(count: number): readonly Finding[] {
  const location = { file: 'members/x.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
  return Array.from({ length: count }, () => {
    return { rule: 'group-exists', severity: 'error', message: 'm'.repeat(100), location, related: [] } as Finding;
  });
}

function acknowledged(subject: string): Acknowledged {
  const author = { name: 'A <b> @c', mail: 'a@example.org' };
  const commit = { name: COMMIT, short: 'aaaaaaa', author, subject };
  return { rule: 'new-admin', object: 'x', message: 'x comes in', commit } as unknown as Acknowledged;
}

describe('a comment', () => {
  it('begins with its mark, which no text of it can be', () => {
    const parts = {
      findings: findings(1),
      acknowledged: [acknowledged(COMMENT_MARK)],
      label,
      commit: COMMIT,
      page: PAGE,
    };
    const text = commentText(parts);
    expect(text.startsWith(`${COMMENT_MARK}\n\n`)).toBe(true);
    expect(text.indexOf(COMMENT_MARK, 1)).toBe(-1);
    expect(
      text.endsWith(
        `About \`aaaaaaaaaaaa\`, by the code of the base branch.\n[All of it](${PAGE}) is in the artefact of the check.\n`,
      ),
    ).toBe(true);
  });

  it('is one that GitHub takes, whatever there is to say', () => {
    const said = Array.from({ length: 1000 }, () => acknowledged('s'.repeat(100_000)));
    const review = (longest: number) => 'r'.repeat(longest);
    const text = commentText({
      findings: findings(5000),
      acknowledged: said,
      label,
      review,
      commit: COMMIT,
      page: PAGE,
    });
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text).toMatch(/[1-9][0-9]* of 5000 findings shown/);
    expect(text).toMatch(/[1-9][0-9]* of 1000 shown, all of it in the artefact\n\n---\n/);
  });

  it('has the whole review where there is room for it', () => {
    const seen: number[] = [];
    const review = (longest: number) => `${seen.push(longest)}`;
    commentText({ findings: [], acknowledged: [], label, review, commit: COMMIT, page: PAGE });
    expect(seen).toEqual([60_000]);
  });
});

describe('the verdict', () => {
  it('is nothing where there is nothing to say', () => {
    expect(verdictMarkdown({ findings: [], acknowledged: [], label }, 100)).toBe('');
  });
});
