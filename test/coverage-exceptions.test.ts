import { expect, it } from 'vitest';
import { scriptFiles, scriptText } from './support/imports.ts';

// Places that no test can reach. Each is a defence against a mistake in this program, and says which. Think twice before
// raising this number: most branches that cannot be reached do not have to be there.
const EXCEPTIONS: Readonly<Record<string, number>> = {
  'policy/check.ts': 1,
  'policy/resolve.ts': 1,
  'policy/schema.ts': 1,
};

const files = scriptFiles();

it('exceptions from branch coverage are few, and known', () => {
  const counts = files.flatMap((file) => {
    const number = scriptText(file).match(/\bv8 ignore\b/g)?.length ?? 0;
    return number === 0 ? [] : [[file, number] as const];
  });
  expect(Object.fromEntries(counts)).toEqual(EXCEPTIONS);
});

it('each is for one line, and says why', () => {
  for (const file of files) {
    for (const line of scriptText(file)
      .split('\n')
      .filter((text) => text.includes('v8 ignore'))) {
      expect([file, line]).toEqual([file, expect.stringMatching(/^ *[/][*] v8 ignore next -- \S.{10,} [*][/]$/)]);
    }
  }
});

it('no other tool is told to look away', () => {
  const pattern = /(?:c8|istanbul) ignore|@ts-(?:ignore|nocheck|expect-error)|biome-ignore|eslint-disable/;
  expect(files.filter((file) => pattern.test(scriptText(file)))).toEqual([]);
});
