import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Place, PROGRAM } from '../commands/world.ts';
import { FIRST, installed, likeMachine } from '../support/install-root.ts';

// What makes a terminal for a program: script(1), of util-linux.
const HAS_SCRIPT = existsSync('/usr/bin/script');

if (!HAS_SCRIPT) console.warn('script(1) is not installed: questions on a terminal are not tested');

async function asked(
  place: Place,
  answer: string,
): Promise<{ readonly exitCode: number | undefined; readonly said: string }> {
  const command = `${PROGRAM} ${FIRST.replace(' --yes', '')}`;
  const { exitCode, stdout } = await place.shell(`printf '${answer}' | script -qec '${command}' /dev/null`);
  return { exitCode, said: stdout.replaceAll('\r', '') };
}

describe.skipIf(!HAS_SCRIPT).concurrent('a question on a terminal', () => {
  it('comes after all that would be done, and yes is a yes', async () => {
    const place = likeMachine(new Place());
    const { exitCode, said } = await asked(place, 'yes\\n');
    expect(said).toMatch(
      / {2}create {2}\/usr\/local\/bin\/ds01-policy\n[\s\S]*\ntrust none: [^\n]*\n\ninstall\? \[y\/N\] /,
    );
    expect(said).toMatch(/\ninstalled\n$/);
    expect(exitCode).toBe(0);
    expect(installed(place).length).toBeGreaterThan(10);
  });

  it.each(['\\n', 'yellow\\n'])('is answered by %j, and that is a no', async (answer) => {
    const place = likeMachine(new Place());
    const { exitCode, said } = await asked(place, answer);
    expect(said).toMatch(/nothing was changed\n$/);
    expect(exitCode).toBe(3);
    expect(installed(place)).toEqual([]);
  });
});
