import { expect, it } from 'vitest';
import { readContainerNames } from '../../scripts/diagnosis/read-container-names.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

it('each line is an id and a name', () => {
  expect(readContainerNames(`${A} train\n${B} jupyter-2.x\n`)).toEqual(
    new Map([
      [A, 'train'],
      [B, 'jupyter-2.x'],
    ]),
  );
});

it('of several names, the one that is no link is its own, wherever it stands', () => {
  expect(readContainerNames(`${A} web/db,db\n${B} db2,web/db2\n`)).toEqual(
    new Map([
      [A, 'db'],
      [B, 'db2'],
    ]),
  );
});

it.each([
  '',
  'train',
  'a'.repeat(12),
  `${'a'.repeat(63)} train`,
  `${'A'.repeat(64)} train`,
  `${A} `,
  `${A} a b`,
  `${A} -x`,
  `${A} \u001b[31m`,
  `${A} web/db`,
  `x${A} train`,
])('%j says nothing', (line) => {
  expect(readContainerNames(`${line}\n${B} other`)).toEqual(new Map([[B, 'other']]));
});
