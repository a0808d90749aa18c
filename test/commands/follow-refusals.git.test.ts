import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FollowedPlace, short } from './followed-place.ts';
import { memberFile, memberFiles, UNITS } from './world.ts';

const FOREIGN = `root/${UNITS}/ds01-student.slice.d/90-local.conf`;

describe.concurrent('a commit that is refused for what it says', () => {
  it('is remembered, recorded once, and does not keep the host from what it has; the fix is applied', async () => {
    const place = await FollowedPlace.following();
    const [held, good] = [place.held, place.standing.applied?.commit];
    const bad = await place.commit({ 'members/a.yaml': 'group: student\n' });
    await place.call('fetch');
    const why =
      /policy has errors: policy\/members\/a\.yaml:1:1: "accounts" is missing; .*; \d more errors, see validate/;
    expect(await place.call('sync')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(why) });
    expect(place.standing.refused).toMatchObject({ commit: bad, exitCode: 1, why: expect.stringMatching(why) });
    place.meddle();
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(why);
    expect(stderr).toContain(`commit ${short(good)} is in force: 1 change made\n`);
    expect(place.held).toEqual(held);
    await place.tick();
    expect(place.records.filter(({ kind }) => kind === 'refuse').length).toBe(1);
    expect((await place.call('history')).stdout).toMatch(
      new RegExp(`refused  commit ${short(bad)}\n  policy has errors`),
    );
    const status = await place.call('status');
    expect(status).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(why) });
    const fixed = await place.commit({ 'members/a.yaml': memberFile('a', 'researcher') });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing).toMatchObject({ applied: { commit: fixed }, anchor: { commit: fixed } });
    expect(place.standing.refused).toBeUndefined();
  });

  it('one of a newer format: upgrade first', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    await place.change('site.yaml', 'version: 1', 'version: 2');
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /policy format 2 is newer than format 1, the newest that this tool knows; upgrade ds01-policy first/,
    );
    expect(place.held).toEqual(held);
  });

  it('one that has no place for this host', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    const bad = await place.change('site.yaml', '  ds01: {', '  ds02: {');
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      `commit ${short(bad)} is refused: policy is for ds02, and this host is "ds01": add it to hosts in site.yaml, or correct host in the configuration\n`,
    );
    expect(place.standing.refused?.commit).toBe(bad);
    expect(place.held).toEqual(held);
  });

  it('one that removes many members at once, until somebody resumes or another one comes', async () => {
    const many = memberFiles(4, 'researcher');
    const place = await FollowedPlace.following(many);
    place.configure(`metrics: ${place.at('root')}\n`);
    const held = place.held;
    const bad = await place.commit(Object.fromEntries(Object.keys(many).map((path) => [path, undefined])));
    const found = await place.tick();
    expect(found).toMatchObject({ exitCode: 3, stdout: '' });
    expect(found.stderr).toMatch(
      /removes 4 of 6 members, at most 2 .* \[mass-removal\]; remove at most 2 member files in one change/,
    );
    expect(place.held).toEqual(held);
    // What is measured is what the host has, not what the commit would have made of it.
    expect(place.text('root/ds01_policy.prom')).toContain('ds01_policy_group_members{group="researcher"} 6\n');
    const { length } = place.records;
    expect(await place.tick()).toMatchObject({ exitCode: 3 });
    expect(place.records.length).toBe(length);
    expect(await place.call('apply')).toMatchObject({ exitCode: 3 });
    expect(await place.call('resume')).toEqual({
      exitCode: 0,
      stdout: `commit ${short(bad)} is tried again\n`,
      stderr: '',
    });
    expect(await place.tick()).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/is refused: removes 4 of 6/),
    });
    await place.commit({
      'members/m001.yaml': many['members/m001.yaml'],
      'members/m002.yaml': many['members/m002.yaml'],
    });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe.concurrent('a commit that meets a host which is not as it should be', () => {
  it('is not blamed for it: it is tried in every run, recorded once, and applied when the host is in order', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    const commit = await place.changeTasks();
    place.write(FOREIGN, '[Slice]\nTasksMax=512\n');
    for (const _ of [1, 2, 3]) {
      const { exitCode, stderr } = await place.tick();
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(new RegExp(`^commit ${short(commit)} is refused: .*90-local\\.conf`));
    }
    expect(place.standing.refused).toBeUndefined();
    // The newest commit and the one that is kept: once for each.
    expect(place.records.slice(2).map((record) => 'policy' in record && record.policy.commit === commit)).toEqual([
      true,
      false,
    ]);
    expect(await place.call('status')).toMatchObject({ exitCode: 2 });
    rmSync(place.at(`root/${UNITS}/ds01-student.slice.d`), { recursive: true });
    expect(place.held).toEqual(held);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(commit);
  });

  it('takes over what somebody else wrote only with consent, also when the commit is applied already', async () => {
    const place = await FollowedPlace.following();
    const unit = `root/${UNITS}/ds01-student.slice`;
    place.write(unit, '[Slice]\nTasksMax=512\n');
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      'ds01-student.slice exists and was not written by ds01-policy; apply --adopt takes it over',
    );
    expect(place.text(unit)).toContain('TasksMax=512');
    expect(await place.call('apply --adopt')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.text(unit)).toContain('TasksMax=65536');
    expect(place.records.at(-1)).toMatchObject({ kind: 'apply', result: 'applied', by: expect.any(String) });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

const STUDENT = 'ds01-student.slice';
const SET = 'root/etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';

/** A host on which the same was put right so often that it is left now. */
async function stopped(): Promise<FollowedPlace> {
  const place = await FollowedPlace.following();
  for (let times = 0; times < 6; times++) {
    place.meddle();
    await place.tick();
  }
  return place;
}

describe.concurrent('a unit that somebody has changed by hand', () => {
  it('is put right by the next run, and recorded as drift', async () => {
    const place = await FollowedPlace.following();
    const [held, commit] = [place.held, place.standing.applied];
    place.meddle();
    expect(await place.tick()).toEqual({
      exitCode: 0,
      stdout: `commit ${short(commit?.commit)} is in force: 1 change made\n`,
      stderr: '',
    });
    expect(place.held).toEqual(held);
    expect(place.standing.applied).toEqual(commit);
    expect(place.records.at(-1)).toMatchObject({
      ...{ kind: 'apply', cause: 'drift', result: 'applied' },
      changes: [{ kind: 'update', path: STUDENT, differences: [{ key: 'TasksMax', before: '512', after: '65536' }] }],
    });
    expect((await place.call('history')).stdout).toMatch(
      /applied {2}commit [0-9a-f]{12} \(drift\): 1 change.*\n {2}update ds01-student\.slice\n {4}TasksMax 512 → 65536\n/,
    );
  });

  it('again and again is left the sixth time, and resume starts anew', async () => {
    const place = await stopped();
    const what =
      /ds01-student\.slice was put right 5 times since .*, and is wrong again: something else keeps changing it; .*ds01-policy resume/;
    expect(place.units()[STUDENT]).toContain('TasksMax=512');
    expect(place.report).toMatchObject({ exitCode: 3, outcome: expect.stringMatching(what) });
    expect(place.records.at(-1)).toMatchObject({ kind: 'stop', what: expect.stringMatching(what) });
    const { length } = place.records;
    const again = await place.tick();
    expect(again).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringMatching(what) });
    expect(again.stderr).toMatch(/^stopped at .*\ncommit [0-9a-f]{12} stays, 1 difference left as found\n$/);
    expect(await place.call('status')).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(what) });
    // Two hours later it is still somebody's turn to look.
    place.pass({ hours: 2 });
    expect(await place.tick()).toMatchObject({ exitCode: 3 });
    expect(place.records.length).toBe(length);
    expect(await place.call('resume')).toMatchObject({ exitCode: 0, stdout: 'what comes back is put right again\n' });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()[STUDENT]).toContain('TasksMax=65536');
  });

  it('and was left stays so when a commit is refused, and is put right by one that is applied', async () => {
    const place = await stopped();
    const { length } = place.records;
    await place.commit({ 'members/a.yaml': 'group: student\n' });
    for (const _ of [1, 2]) {
      const { exitCode, stderr } = await place.tick();
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/\nstopped at .*\n.* stays, 1 difference left as found\n$/);
    }
    // The refusal, and nothing that says again that it is left.
    expect(place.records.slice(length).map(({ kind }) => kind)).toEqual(['refuse']);
    await place.commit({ 'members/a.yaml': undefined });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()[STUDENT]).toContain('TasksMax=65536');
    expect(place.standing.stopped).toBeUndefined();
  });
});

describe.concurrent('a limit that systemctl set-property has set', () => {
  it('is cleared, with a copy', async () => {
    const place = await FollowedPlace.following();
    place.write(SET, '[Slice]\nTasksMax=1024\n');
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held.join('\n')).not.toContain('TasksMax=1024');
    const record = place.records.at(-1);
    expect(record).toMatchObject({ kind: 'apply', cause: 'drift', drift: [`${STUDENT} TasksMax set-property`] });
    const backup = record?.kind === 'apply' ? (record.backup ?? '') : '';
    expect(place.contentsOf(`root/var/lib/ds01-policy/${backup}`).join('\n')).toContain('TasksMax=1024');
  });

  it('is cleared where the host says drift: enforce, whatever its group says', async () => {
    const place = await FollowedPlace.following({}, 'drift: enforce\n');
    await place.change('groups/student.yaml', 'limits:', 'drift: report\nlimits:');
    place.write(SET, '[Slice]\nTasksMax=1024\n');
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held.join('\n')).not.toContain('TasksMax=1024');
  });

  it('is only shown where the host says drift: report, and then that is as policy says', async () => {
    const place = await FollowedPlace.following({}, 'drift: report\n');
    place.write(SET, '[Slice]\nTasksMax=1024\n');
    const { length } = place.records;
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.text(SET)).toContain('TasksMax=1024');
    expect(place.records.length).toBe(length);
    const { exitCode, stdout } = await place.call('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/TasksMax .*1024.*50-TasksMax\.conf/);
    expect((await place.call('plan')).exitCode).toBe(0);
  });
});
