import { describe, expect, it } from 'vitest';
import { logText } from '../../scripts/report/github-log.ts';

describe('the log of a workflow', () => {
  it('has text as it is', () => {
    expect(logText('pull request 7: done\n  [rule] a::b # x\n')).toBe('pull request 7: done\n  [rule] a::b # x\n');
  });

  it('has no command that begins a line', () => {
    expect(logText('::error::x')).toBe('| ::error::x');
    expect(logText('a\n  ::add-mask::x')).toBe('a\n|   ::add-mask::x');
  });

  it('has none that hides in a line, or behind an end of line of another kind', () => {
    expect(logText('x ##[error]y')).toBe('x ## [error]y');
    expect(logText('####[x')).toBe('#### [x');
    expect(logText('x\r::error::y')).toBe('x\\u{d}::error::y');
  });
});
