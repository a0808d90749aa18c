import { describe, expect, it } from 'vitest';
import { PolicyCheckout, TODAY } from './policy-checkout.ts';
import { changedLines } from './proposing.ts';

const MEMBER = 'members/204214.yaml';

async function ending(expires: string): Promise<PolicyCheckout> {
  const place = await PolicyCheckout.make();
  place.edit(MEMBER, 'expires: never', `expires: ${expires}`);
  await place.commit('Give it an end');
  return place;
}

describe.concurrent('a grant', () => {
  it.each([
    ['+6m', '2027-07-31', 'Extend researcher of 204214 until 2027-07-31'],
    ['2027-12-31', '2027-12-31', 'Extend researcher of 204214 until 2027-12-31'],
    ['never', 'never', 'Extend researcher of 204214 without end'],
    ['2026-12-31', '2026-12-31', 'Shorten researcher of 204214 to 2026-12-31'],
  ])('until 2027-01-31 gets %s', async (until, expires, subject) => {
    const place = await ending('2027-01-31');
    expect(await place.program(['extend', 's.kaiser', '--until', until, '--no-push'])).toMatchObject({ exitCode: 0 });
    expect(await changedLines(place)).toEqual(['-expires: 2027-01-31', `+expires: ${expires}`]);
    expect(await place.git('log', '-1', '--format=%s')).toBe(subject);
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('extend/204214');
  });

  it('gets another reason if one is given', async () => {
    const place = await ending('2027-01-31');
    await place.program(['extend', '204214', '--until', '+1m', '--reason', 'thesis: until February', '--no-push']);
    expect(await changedLines(place)).toEqual([
      '-reason: CPU-bound scikit-learn work, throttled at the student quota of 16 cores',
      '+reason: "thesis: until February"',
      '-expires: 2027-01-31',
      '+expires: 2027-02-28',
    ]);
  });

  it.each<[string, string, string, number, string]>([
    [
      '2027-01-31',
      '204214',
      '2027-01-31',
      3,
      'the grant of 204214@hertie-school.lan ends on 2027-01-31 already; policy/members/204214.yaml says so',
    ],
    [
      'never',
      '204214',
      'never',
      3,
      'the grant of 204214@hertie-school.lan has no end already; policy/members/204214.yaml says so',
    ],
    [
      '2026-01-31',
      '204214',
      '+1m',
      3,
      'the grant of 204214@hertie-school.lan ended on 2026-01-31: ds01-policy grant 204214 researcher --until DATE --reason TEXT grants it anew',
    ],
    ['2027-01-31', '204214', '2026-11-23', 64, `--until "2026-11-23" is over: today is ${TODAY}`],
    [
      '2027-01-31',
      '204215',
      '+1m',
      64,
      'no member file lists "204215@hertie-school.lan": it has no grant; did you mean 204214@hertie-school.lan?',
    ],
  ])('until %s of %s does not get %s', async (expires, account, until, exitCode, message) => {
    const place = expires === 'never' ? await PolicyCheckout.make() : await ending(expires);
    const before = await place.state();
    const end = exitCode === 3 ? 'nothing was changed' : 'see ds01-policy extend --help';
    const stderr = `ds01-policy: ${message}\n${end}\n`;
    expect(await place.program(['extend', account, '--until', until])).toEqual({ exitCode, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  it('lasts no longer than its group allows, counted from its first day', async () => {
    const place = await ending('2026-12-04');
    place.edit('groups/researcher.yaml', 'limits:\n', 'longest_grant: 365d\nlimits:\n');
    await place.commit('Limit grants');
    const message = 'a grant for researcher may last 365 days, and this one began on 2025-12-05';
    const stderr = `ds01-policy: ${message}: extend 204214 until 2026-12-04 at most, or grant it anew when it has ended\nsee ds01-policy extend --help\n`;
    expect(await place.program(['extend', '204214', '--until', '+1d'])).toEqual({ exitCode: 64, stdout: '', stderr });
  });
});
