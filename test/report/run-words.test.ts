import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../scripts/follow/decide.ts';
import type { Standing } from '../../scripts/follow/record.ts';
import {
  backoffWords,
  minuteOf,
  pausedText,
  resumedText,
  shortCommit,
  trustedText,
  waitingWords,
} from '../../scripts/report/run-words.ts';
import { at, B } from '../support/host-history.ts';
import { HOSTILE } from '../support/hostile-plan.ts';

const PAUSE = { since: at('10:00'), until: at('14:00'), reason: 'an exam', grants: 'expire' } as const;
const REFUSED = { commit: B, at: at('10:00'), exitCode: 3, why: 'is not signed' } as const;
const STOPPED = { since: at('10:00'), what: 'ds01.slice was put right 5 times' };
const RAW = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('why a host does not follow the newest commit', () => {
  it.each([
    [
      { kind: 'closed' },
      'no commit is trusted: the history of this host was never begun, or is lost; look at the branch, then name the ' +
        'commit to begin with: ds01-policy trust COMMIT --reason TEXT',
    ],
    [
      { kind: 'paused', until: at('14:00'), reason: 'an exam' },
      'paused until 2026-06-15 14:00 UTC: an exam; ds01-policy resume ends it',
    ],
    [
      { kind: 'refused', refused: REFUSED },
      'commit bbbbbbbbbbbb was refused at 2026-06-15 10:00 UTC, and not tried again until another one comes or ' +
        'ds01-policy resume: is not signed',
    ],
    [{ kind: 'stopped', stopped: STOPPED }, 'stopped at 2026-06-15 10:00 UTC: ds01.slice was put right 5 times'],
    [{ kind: 'nothing' }, undefined],
  ] as const satisfies readonly (readonly [Waiting, string | undefined])[])('%o', (waiting, words) => {
    expect(waitingWords(waiting)).toBe(words);
  });

  it('stays on one line, whatever somebody wrote', () => {
    const waits: readonly Waiting[] = [
      { kind: 'paused', until: HOSTILE, reason: HOSTILE },
      { kind: 'refused', refused: { commit: HOSTILE, at: HOSTILE, exitCode: 1, why: HOSTILE } },
      { kind: 'stopped', stopped: { since: HOSTILE, what: HOSTILE } },
    ];
    for (const waiting of waits) expect(waitingWords(waiting)).not.toMatch(RAW);
  });
});

describe('a pause', () => {
  it('says until when, why, what is not done meanwhile, and how it ends before', () => {
    expect(pausedText(PAUSE)).toBe(`\
paused until 2026-06-15 14:00 UTC: an exam
nothing is applied until then; grants end meanwhile as they would; ds01-policy resume ends it
`);
  });

  it('says that grants are kept', () => {
    expect(pausedText({ ...PAUSE, grants: 'keep' })).toContain(
      '\nnothing is applied until then; grants do not end meanwhile; ',
    );
  });

  it('stays on its lines', () => {
    const text = pausedText({ ...PAUSE, until: HOSTILE, reason: HOSTILE });
    expect(text.split('\n')).toHaveLength(3);
    expect(text.replaceAll('\n', '')).not.toMatch(RAW);
  });
});

describe('going on', () => {
  const resumed = (standing: Standing) => resumedText(standing, false, new Date(at('12:00')));

  it('ends a pause, and tries again what was given up', () => {
    expect(resumed({ pause: PAUSE, refused: REFUSED, stopped: STOPPED })).toBe(`\
the pause until 2026-06-15 14:00 UTC is over
commit bbbbbbbbbbbb is tried again
what comes back is put right again
`);
    expect(resumed({ refused: REFUSED })).toBe('commit bbbbbbbbbbbb is tried again\n');
    expect(resumed({ stopped: STOPPED })).toBe('what comes back is put right again\n');
  });

  it('says when there was nothing to end, also because it had ended by itself', () => {
    const nothing = 'nothing was paused, refused or stopped\n';
    expect(resumed({})).toBe(nothing);
    expect(resumed({ pause: { ...PAUSE, until: at('12:00') } })).toBe(nothing);
  });

  it('stays on its lines', () => {
    const text = resumed({ refused: { ...REFUSED, commit: HOSTILE } });
    expect(text.trimEnd()).not.toMatch(RAW);
  });
});

describe('words', () => {
  it('for a commit are its first twelve digits', () => {
    expect(shortCommit('0123456789abcdef0123456789abcdef01234567')).toBe('0123456789ab');
    expect(shortCommit('\u001b[31m')).toBe('\\u{1b}[31m');
  });

  it('for a moment are to the minute, and say of which clock', () => {
    expect(minuteOf('2026-06-15T10:59:59.999Z')).toBe('2026-06-15 10:59 UTC');
    expect(minuteOf('\u001b[31m')).toBe('\\u{1b}[31m UTC');
  });

  it('for a host that failed are how often, and when it is tried again', () => {
    expect(backoffWords({ failures: 1, until: at('10:01') })).toBe(
      'the host failed 1 time in a row, next try at 2026-06-15 10:01 UTC',
    );
    expect(backoffWords({ failures: 4, until: at('10:08'), why: 'no space' })).toBe(
      'the host failed 4 times in a row, next try at 2026-06-15 10:08 UTC: no space',
    );
    expect(backoffWords({ failures: 1, until: HOSTILE, why: HOSTILE })).not.toMatch(RAW);
  });

  it('for a commit that is trusted are what the next run does', () => {
    expect(trustedText(B)).toBe('the next run goes on from commit bbbbbbbbbbbb, or from one that descends from it\n');
  });
});
