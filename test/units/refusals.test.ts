import { expect, it } from 'vitest';
import { plan } from '../../scripts/units/plan.ts';
import { findRefusals } from '../../scripts/units/refusals.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const first = plan([], resolvePolicy());

it('nothing speaks against an ordinary plan, nor against the one that is expected', () => {
  expect(findRefusals(first)).toEqual([]);
  expect(findRefusals(first, first.digest)).toEqual([]);
});

it('another digest than the expected one is refused, an empty one too', () => {
  for (const expected of ['0'.repeat(64), first.digest.slice(0, 12), first.digest.toUpperCase(), '']) {
    expect(findRefusals(first, expected)).toEqual([
      `this plan has digest ${first.digest}, not ${expected}: look at it with plan, then expect this one`,
    ]);
  }
});

it('guards, files in the way and the digest are all named, in this order', () => {
  const found = asFound(render(resolvePolicy(memberTexts(10, 'student'))));
  const host = found.map((file) =>
    file.path === 'ds01-student.slice' ? ({ ...file, text: '[Slice]\n' } as typeof file) : file,
  );
  const refusals = findRefusals(plan(host, resolvePolicy()), 'x');
  expect(refusals).toEqual([
    expect.stringMatching(
      /^removes 10 of 12 members, .* \[mass-removal\]; remove at most 2 member files in one change$/,
    ),
    'ds01-student.slice exists and was not written by ds01-policy; move it away if policy shall decide about this slice',
    expect.stringMatching(/^this plan has digest [0-9a-f]{64}, not x: /),
  ]);
});
