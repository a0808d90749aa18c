import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyCheckout } from './policy-checkout.ts';
import { expected, memberFile } from './world.ts';

const ZEROS = '0'.repeat(40);

let seed: PolicyCheckout;

/** The seed's own case: researchers get the whole machine, and 204214 becomes one of them. */
beforeAll(async () => {
  seed = await PolicyCheckout.make();
  const member = seed.policyText('members/204214.yaml');
  seed.edit('groups/researcher.yaml', 'cpu_quota: 12800%', 'cpu_quota: 6400%');
  seed.policy({ 'members/204214.yaml': undefined });
  await seed.commit('As it was before');
  await seed.git('switch', '--quiet', '--create', 'grant/204214');
  seed.edit('groups/researcher.yaml', 'cpu_quota: 6400%', 'cpu_quota: 12800%');
  seed.policy({ 'members/204214.yaml': member.replace('never', '2027-03-31') });
  await seed.commit('Grant researcher to 204214 until 2027-03-31');
});

describe.concurrent('plan --base', () => {
  it('says the case of the seed in one screen', async () => {
    const run = await seed.program(['plan', '--base', 'main', '--format', 'markdown']);
    expect(run).toEqual({ exitCode: 0, stdout: expected('review-seed.md'), stderr: '' });
    expect(run.stdout.split('\n').length).toBeLessThanOrEqual(30);
  });

  it('says the same on a terminal and for programs, and that a host would change', async () => {
    const [text, json] = await Promise.all(
      ['text', 'json'].map((format) => seed.program(['plan', '--base', 'main', '--check', '--format', format])),
    );
    const sentence = '204214 (also s.kaiser) moves from student to researcher until 2027-03-31: CPU 16 → 128 cores';
    expect(text).toMatchObject({ exitCode: 2, stderr: '' });
    expect(text!.stdout).toContain(`\nwho\n  ${sentence} shared with the group, `);
    expect(text!.stdout).toMatch(
      /\nds01 on 2026-11-24: 2 accounts and 1 group get something else; no limit falls\ndigest /,
    );
    expect(json).toMatchObject({ exitCode: 2, stderr: '' });
    const { version, compared, plan } = JSON.parse(json!.stdout);
    expect([version, compared, plan.changes.length]).toEqual([1, 'change', 3]);
    expect(text!.stdout).toContain(`\ndigest ${plan.digest}, of a host that has policy as it was before\n`);
  });

  it('has the digest that a host with policy as it was is shown', async () => {
    const place = await PolicyCheckout.make();
    expect(await place.program(['apply', '--root', 'root'])).toMatchObject({ exitCode: 0 });
    place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher') });
    const host = await place.program(['plan', '--root', 'root', '--format', 'json']);
    const change = await place.program(['plan', '--base', 'HEAD', '--format', 'json']);
    expect(JSON.parse(change.stdout).plan.digest).toBe(JSON.parse(host.stdout).digest);
  });

  it('reads a commit instead of the files, the first one of all too', async () => {
    const [first] = (await seed.git('rev-list', '--max-parents=0', 'HEAD')).split('\n');
    const run = await seed.program([
      'plan',
      '--base',
      ZEROS,
      '--head',
      String(first),
      '--whole',
      '--format',
      'markdown',
    ]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toMatch(/^### `ds01` on 2026-11-24: the first policy, for 3 accounts and 3 groups\n/);
    expect(run.stdout).toContain('\n- `204214` (also `s.kaiser`) has `researcher` without end: ');
  });

  it('says that a change of anything else has no effect', async () => {
    const place = await PolicyCheckout.make();
    place.write('README.md', 'words\n');
    const text = `${place.policyText('groups/student.yaml')}# a comment\n`;
    place.policy({ 'groups/student.yaml': text });
    expect(await place.program(['plan', '--base', 'main', '--check', '--format', 'markdown'])).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: '### `ds01` on 2026-11-24: no effect on any host\n',
    });
  });

  it('looks at another day', async () => {
    const place = await PolicyCheckout.make();
    place.policy({ 'members/100001.yaml': memberFile('100001', 'researcher', 'expires: 2026-12-31\n') });
    const { stdout } = await place.program(['plan', '--base', 'main', '--on', '2027-01-01']);
    expect(stdout).toContain('\nds01 on 2027-01-01: no effect on any host\n'.trimStart());
    expect(stdout).toContain('  100001 has a grant that ended on 2026-12-31: nothing changes');
  });
});

describe.concurrent('plan --base without a review', () => {
  it('has the findings of a policy that has errors, and exits 1', async () => {
    const place = await PolicyCheckout.make();
    place.policy({ 'members/100001.yaml': memberFile('100001', 'nobody') });
    const { exitCode, stdout, stderr } = await place.program(['plan', '--base', 'main', '--format', 'json']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^policy\/members\/100001[.]yaml:2:8: error: .*\[group-exists\]\n/);
    expect(stderr).toMatch(/\n1 error\npolicy has errors: no host would follow it\n$/);
  });

  it('says that nothing can be compared with a policy that had errors, and that a host may change', async () => {
    const place = await PolicyCheckout.make();
    const site = place.policyText('site.yaml');
    place.policy({ 'site.yaml': 'nothing: 1\n' });
    await place.commit('Break it');
    place.policy({ 'site.yaml': site, 'members/100001.yaml': memberFile('100001', 'researcher') });
    const { exitCode, stdout } = await place.program(['plan', '--base', 'main', '--check']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('who\n  100001 has researcher without end: CPU 128 cores shared with the group, ');
    expect(stdout).toMatch(
      /\n\nds01 on 2026-11-24: policy had errors before, so nobody can tell what this changes on a host\n$/,
    );
  });

  it.each([
    ['--base main --root root', '--base is about a change of policy, and --root about a host: one of them is too many'],
    ['--head HEAD', '--head is about a change: say with --base REF what to compare with'],
    ['--whole', '--whole is about a change: say with --base REF what to compare with'],
    ['--base nowhere', '--base "nowhere" is not the name of one commit here; git fetch origin main may bring it'],
  ])('%s', async (line, message) => {
    const { exitCode, stdout, stderr } = await seed.program(['plan', ...line.split(' ')]);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(stderr.split('\n')[0]).toContain(message);
  });
});
