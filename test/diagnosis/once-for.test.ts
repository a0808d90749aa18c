import { expect, it } from 'vitest';
import { onceFor } from '../../scripts/diagnosis/once-for.ts';

it('is worked out once for each object, also where nothing comes of it', () => {
  const asked: object[] = [];
  const ask = onceFor((key: { readonly answer?: number }) => {
    asked.push(key);
    return key.answer;
  });
  const [one, other] = [{ answer: 1 }, {}];
  expect([one, other, other, one].map(ask)).toEqual([1, undefined, undefined, 1]);
  expect(asked).toEqual([one, other]);
});
