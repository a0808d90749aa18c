import { describe, expect, it } from 'vitest';
import { PolicyCheckout, TODAY } from './policy-checkout.ts';
import { memberFile, memberFiles } from './world.ts';

describe.concurrent('a grant', () => {
  it('is revoked with its file, for all accounts in it, and the record says why', async () => {
    const place = await PolicyCheckout.make();
    const run = await place.program([
      'revoke',
      'S.Kaiser@phd.hertie-school.org',
      '--reason',
      'left the lab',
      '--no-push',
    ]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('  204214 (also s.kaiser) goes back from researcher to student, as no file lists it');
    expect(await place.git('diff', '--name-status', 'main', 'HEAD')).toBe('D\tpolicy/members/204214.yaml');
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('revoke/204214');
    const message = await place.message();
    expect(message).toMatch(/^Take researcher from 204214\n\n/);
    expect(message).toContain('- reason: left the lab\n');
  });

  it('that nobody has cannot be revoked', async () => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const message = 'no member file lists "100001@hertie-school.lan": it has no grant';
    const stderr = `ds01-policy: ${message}\nsee ds01-policy revoke --help\n`;
    expect(await place.program(['revoke', '100001'])).toEqual({ exitCode: 64, stdout: '', stderr });
    expect(await place.state()).toEqual(before);
  });

  it('of the last admin stays', async () => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const { exitCode, stderr } = await place.program(['revoke', 'datasciencelab']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\[admin-exists\][\s\S]*\npolicy would have errors: nothing was changed\n$/);
    expect(await place.state()).toEqual(before);
  });
});

describe.concurrent('revoke --expired', () => {
  it('takes out what has ended, grants and answers, and nothing else', async () => {
    const place = await PolicyCheckout.make();
    const answer = (group: string, expires: string) => {
      return `  - guard: group-removal\n    objects: [${group}]\n    reason: gone\n    expires: ${expires} # ${group}\n`;
    };
    place.policy({
      'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2026-11-23\n'),
      'members/100002.yaml': memberFile('100002', 'researcher', `expires: ${TODAY}\n`),
      'allow.yaml': `answers:\n${answer('a', '2026-11-23')}${answer('b', TODAY)}${answer('c', '2026-01-01')}`,
    });
    await place.commit('Grant and answer');
    const run = await place.program(['revoke', '--expired', '--no-push']);
    expect({ ...run, stdout: '' }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await place.git('diff', '--name-status', 'main', 'HEAD')).toBe(
      'M\tpolicy/allow.yaml\nD\tpolicy/members/100001.yaml',
    );
    expect(await place.git('show', 'HEAD:policy/allow.yaml')).toBe(`answers:\n${answer('b', TODAY)}`.trimEnd());
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe(`expiry/${TODAY}`);
    expect(await place.git('log', '-1', '--format=%s')).toBe(
      'Take out 1 grant and 2 answers to guards that have ended',
    );
  });

  it('takes the file of answers out with the last one', async () => {
    const place = await PolicyCheckout.make();
    place.policy({
      'allow.yaml': 'answers:\n  - { guard: group-removal, objects: [a], reason: gone, expires: 2026-11-23 }\n',
    });
    await place.commit('Answer');
    expect(await place.program(['revoke', '--expired', '--no-push'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.git('diff', '--name-status', 'main', 'HEAD')).toBe('D\tpolicy/allow.yaml');
  });

  it('takes out any number: who has lost a grant already loses nothing by it', async () => {
    const place = await PolicyCheckout.make();
    place.policy(memberFiles(20, 'researcher', () => 'expires: 2026-11-23\n'));
    await place.commit('Grant');
    expect(await place.program(['revoke', '--expired', '--no-push'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await place.git('diff', '--name-status', 'main', 'HEAD')).match(/^D\t/gm)).toHaveLength(20);
  });

  it('makes nothing if nothing has ended, and that is no error', async () => {
    const place = await PolicyCheckout.make();
    const before = await place.state();
    const stdout = `on ${TODAY}, no grant and no answer to a guard has ended: there is nothing to take out\n`;
    expect(await place.program(['revoke', '--expired'])).toEqual({ exitCode: 0, stdout, stderr: '' });
    expect(await place.state()).toEqual(before);
  });

  it('is for all of them, and not for one', async () => {
    const stderr =
      'ds01-policy: --expired takes out all that has ended: leave 204214 or --expired out\nsee ds01-policy revoke --help\n';
    const place = await PolicyCheckout.make();
    expect(await place.program(['revoke', '204214', '--expired'])).toEqual({ exitCode: 64, stdout: '', stderr });
  });
});
