import { describe, expect, it } from 'vitest';
import { countdown } from '../../scripts/cli/countdown.ts';

function screen(isTTY?: boolean) {
  const written: string[] = [];
  return {
    written,
    stream: { ...(isTTY !== undefined && { isTTY }), write: (text: unknown) => !!written.push(String(text)) },
  };
}

describe('the line while somebody waits', () => {
  it('is written over in place, and gone in the end', () => {
    const { written, stream } = screen(true);
    const { tell, end } = countdown(stream);
    tell(10);
    tell(9.2);
    tell(0.4);
    tell(0);
    end();
    expect(written).toEqual([
      '\rwatching for 10 s …',
      '\rwatching for 10 s …',
      '\rwatching for 1 s … ',
      '\rwaiting for programs to answer …',
      `\r${' '.repeat(32)}\r`,
    ]);
  });

  it('does not come back', () => {
    const { written, stream } = screen(true);
    const { tell, end } = countdown(stream);
    tell(1);
    end();
    tell(1);
    end();
    expect(written).toHaveLength(2);
  });

  it('leaves no trace where nothing was told', () => {
    const { written, stream } = screen(true);
    countdown(stream).end();
    expect(written).toEqual([]);
  });

  it.each([false, undefined])('is nowhere but on a terminal', (isTTY) => {
    const { written, stream } = screen(isTTY);
    const { tell, end } = countdown(stream);
    tell(5);
    end();
    expect(written).toEqual([]);
  });
});
