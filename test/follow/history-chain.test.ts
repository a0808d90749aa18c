import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain, digestOf, findBreak } from '../../scripts/follow/history-chain.ts';
import { A, applied, at, B, linesOf, of, refused, word } from '../support/host-history.ts';

const BEGUN = word(at('08:00'), { kind: 'install', by: 'root', remote: 'https://example.org/policy.git' });
const LINES = linesOf([
  BEGUN,
  applied(at('09:00'), of(A), { changes: [{ kind: 'create', path: 'ds01.slice' }] }),
  refused(at('10:00'), of(B)),
  word(at('11:00'), { kind: 'trust', by: 'root', commit: B, reason: 'Größe → 64G' }),
  applied(at('12:00'), of(B)),
]);
const REFUSED = { commit: B, exitCode: 3, why: 'is not signed' };
const RUNS = { numRuns: 500 };

/** The number of a line that has one after it, from 0. */
const earlier = fc.nat(LINES.length - 2);

describe('what happened', () => {
  it('becomes a line with where the host stands since, and the digest of the line before it', () => {
    const first = chain(undefined, BEGUN);
    expect(first.record).toEqual({ ...BEGUN, standing: { anchor: { kind: 'first' } }, previous: '' });
    const event = applied(at('09:00'), of(A));
    const { line, record } = chain(first, event);
    expect(line).toBe(JSON.stringify(record));
    expect(record).toEqual({
      ...event,
      standing: {
        anchor: { kind: 'commit', commit: A },
        applied: { commit: A, at: at('09:00') },
        last: { at: at('09:00'), result: 'applied', commit: A },
        day: '2026-06-15',
      },
      previous: createHash('sha256').update(first.line).digest('hex'),
    });
    // What an entry does not change stays true.
    const refusal = chain({ line, record }, refused(at('10:00'), of(B))).record.standing;
    expect(refusal).toEqual({ ...record.standing, refused: { ...REFUSED, at: at('10:00') } });
  });

  it('is one line, whatever somebody said', () => {
    const { line } = chain(undefined, word(at('08:00'), { kind: 'stop', what: 'a\nb\r\n{"previous":""}' }));
    expect(line).not.toMatch(/[\r\n]/);
  });

  it('has a digest of its bytes', () => {
    expect(digestOf('Größe')).toBe(createHash('sha256').update(Buffer.from('Größe', 'utf8')).digest('hex'));
  });
});

describe('a history is whole', () => {
  it('where nobody has touched it, from its beginning to any of its lines', () => {
    for (let length = 0; length <= LINES.length; length++) expect(findBreak(LINES.slice(0, length))).toBeUndefined();
  });

  it('and not where a byte of any line was changed: the line after it does not fit', () => {
    fc.assert(
      fc.property(earlier, fc.nat(), fc.integer({ min: 1, max: 255 }), (index, place, difference) => {
        const bytes = Buffer.from(LINES[index]!, 'utf8');
        bytes[place % bytes.length]! ^= difference;
        const broken = findBreak(LINES.with(index, bytes.toString('utf8')));
        // If it is no JSON any more, or says something else of the line before it, it is at fault itself.
        expect([index + 1, index + 2]).toContain(broken);
      }),
      RUNS,
    );
  });

  it('nor where a byte was taken out or put in', () => {
    fc.assert(
      fc.property(earlier, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3), (index, place, text, taken) => {
        const line = LINES[index]!;
        const start = place % line.length;
        const changed = line.slice(0, start) + text + line.slice(start + taken);
        fc.pre(changed !== line);
        expect([index + 1, index + 2]).toContain(findBreak(LINES.with(index, changed)));
      }),
      RUNS,
    );
  });

  it.each(LINES.slice(1).map((_, index) => index))('nor without line %i, counted from 0', (index) => {
    expect(findBreak(LINES.toSpliced(index, 1))).toBe(index + 1);
  });

  it('nor with a line more, also one that was there before, or a good one of another history', () => {
    const other = linesOf([word(at('08:00'), { kind: 'install', by: 'root', remote: 'x' })]);
    fc.assert(
      fc.property(fc.nat(LINES.length), fc.constantFrom(...LINES, ...other, '', '{}'), (index, line) => {
        expect([index + 1, index + 2]).toContain(findBreak(LINES.toSpliced(index, 0, line)));
      }),
      RUNS,
    );
  });

  it('nor with two lines in each other’s place', () => {
    for (const [first, line] of LINES.entries()) {
      for (let second = first + 1; second < LINES.length; second++) {
        expect(findBreak(LINES.with(first, LINES[second]!).with(second, line))).toBe(first + 1);
      }
    }
  });

  it.each(['', 'rubbish', 'null', '5', '"text"', '[]', '{}', '{"previous":5}', '{"previous":"0"}'])(
    'nor with something that is no record: %s',
    (line) => {
      expect(findBreak([line])).toBe(1);
      expect(findBreak([...LINES, line])).toBe(LINES.length + 1);
    },
  );

  it('and the last line is known by its digest elsewhere: nothing in the file can tell', () => {
    const last = LINES.at(-1)!;
    const changed = last.replace('"result":"applied"', '"result":"broken"');
    expect(findBreak(LINES.with(-1, changed))).toBeUndefined();
    expect(digestOf(changed)).not.toBe(digestOf(last));
    expect(findBreak(LINES.slice(0, -1))).toBeUndefined();
  });
});
