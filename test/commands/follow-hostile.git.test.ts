import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { HAS_SSH_KEYGEN } from '../support/git-world.ts';
import { FollowedPlace, short } from './followed-place.ts';

/** What may not be followed: how it comes about, and what is said of it. */
type Shape = readonly [name: string, make: (place: FollowedPlace) => Promise<unknown>, why: RegExp];

const REWRITTEN = /does not descend from [0-9a-f]{40}, the last one that was trusted: the branch was rewritten/;

/** The branch is at something that this host must not take, although it was fetched. */
const SHAPES: readonly Shape[] = [
  ['amend', async ({ world }) => await world.commit('amended', { amend: true }), REWRITTEN],
  ['reset', async ({ world }) => await world.reset(await world.git(['rev-parse', 'HEAD~1'])), REWRITTEN],
  ['orphan', async ({ world }) => await world.orphan(), REWRITTEN],
  [
    'symlink',
    async ({ world }) => await world.commitTree([`120000 blob ${await world.makeBlob('/etc/shadow')}\tsite.yaml`]),
    /"policy\/site\.yaml" of commit [0-9a-f]{12} is a symbolic link; no file of this commit was read/,
  ],
  [
    'submodule',
    async ({ world }) => await world.commitTree([`160000 commit ${await world.head()}\tmembers`]),
    /"policy\/members" of commit [0-9a-f]{12} is a submodule; no file of this commit was read/,
  ],
  [
    'path with a newline',
    async ({ world }) => await world.commitTree([`100644 blob ${await world.makeBlob('x')}\tsite.yaml\nx`]),
    /has characters in its name that cannot be seen/,
  ],
  [
    'far too many files',
    async ({ world }) => {
      const blob = await world.makeBlob('x');
      const many = Array.from({ length: 10_001 }, (_, index) => `100644 blob ${blob}\tm${index}.yaml`);
      const members = await world.makeTree(many);
      return await world.commitTree([`040000 tree ${members}\tmembers`]);
    },
    /has more than 10000 files in "policy\/members\/"/,
  ],
  [
    'no policy at all',
    async ({ world }) => {
      const commit = await world.make('nothing', ['main'], { tree: await world.makeTree([]) });
      await world.point('refs/heads/main', commit);
    },
    /has no folder "policy"/,
  ],
];

describe('a branch that is at what it must not be at', () => {
  let place: FollowedPlace;
  let good: string;

  beforeAll(async () => {
    place = await FollowedPlace.following();
    good = await place.changeTasks();
    await place.tick();
  });

  // One host for all: none of them may leave it other than it was.
  it.each(SHAPES)('%s', async (_name, make, why) => {
    const [held, before] = [place.held, place.standing];
    await make(place);
    const evil = await place.world.head();
    const found = await place.tick();
    expect(found).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringMatching(why) });
    expect(found.stderr).toMatch(new RegExp(`^commit ${short(evil)} is refused: `));
    expect(found.stderr).toContain(`\ncommit ${short(good)} is in force: nothing had to be done\n`);
    expect(place.held).toEqual(held);
    expect(place.standing).toEqual({ ...before, refused: expect.objectContaining({ commit: evil, exitCode: 3 }) });

    // It is not tried again, and not recorded once more.
    const { length } = place.records;
    const again = await place.tick();
    expect(again).toMatchObject({ exitCode: 3, stdout: '' });
    expect(again.stderr).toMatch(new RegExp(`^commit ${short(evil)} was refused at [\\s\\S]*not tried again[\\s\\S]*`));
    expect(again.stderr).toMatch(why);
    expect(place.records.length).toBe(length);
    const status = await place.call('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toMatch(why);
    expect(status.stdout).toContain(short(evil));
    await place.world.reset(good);
  });

  it('and then what descends from the last good commit is taken, as if nothing had been', async () => {
    const held = place.held;
    const { length } = place.records;
    // That it is where it was is no news.
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await place.call('status')).exitCode).toBe(0);
    expect(place.records.length).toBe(length);
    const commit = await place.world.commit('an honest one');
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing).toMatchObject({ applied: { commit }, anchor: { commit } });
    expect(place.standing.refused).toBeUndefined();
    expect(place.held).toEqual(held);
  });
});

describe('a remote that has no such branch any more', () => {
  it('but a tag of its name: fetch refuses it, and what is applied stays', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    const evil = await place.changeTasks();
    await place.world.point('refs/tags/main', evil);
    await place.world.point('refs/heads/main', undefined);
    const fetched = await place.call('fetch');
    expect(fetched).toMatchObject({ exitCode: 3, stdout: '' });
    expect(fetched.stderr).toMatch(/has no branch "main", only a tag of that name, which anybody may move/);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held).toEqual(held);
    // Somebody has to look, but not before it has lasted.
    place.pass({ minutes: 4 });
    await place.tick();
    place.pass({ minutes: 5 });
    const status = await place.call('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toMatch(
      /the remote was not reached since .* \(\d+ \w+ ago\), what is applied stays in force: .* has no branch "main"/,
    );
  });
});

describe.skipIf(!HAS_SSH_KEYGEN)('trust: signed', () => {
  let place: FollowedPlace;
  let key: string;
  let other: string;

  beforeAll(async () => {
    place = await FollowedPlace.following();
    key = place.world.sshKey('listed');
    other = place.world.sshKey('other');
    place.write('root/etc/ds01-policy/allowed-signers', place.world.signerLine(key));
    place.configure('', 'signed');
  });

  it('takes what a listed key has signed', async () => {
    const commit = await place.change('groups/student.yaml', '65536', '131072');
    await place.world.commit('signed', { sshKey: key, amend: true });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).not.toBe(commit);
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=131072');
  });

  it('refuses a signed commit on top of one that is not signed, and names that one', async () => {
    const before = place.standing;
    const held = place.held;
    const unsigned = await place.change('groups/student.yaml', '131072', '70000');
    await place.world.commit('signed', { sshKey: key });
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`commit ${short(unsigned)} "a change" by Tester <tester@example.org> is not signed`);
    expect(place.held).toEqual(held);
    expect(place.standing.anchor).toEqual(before.anchor);
    await place.world.reset(before.applied?.commit ?? '');
  });

  it('refuses a key that is not listed, and a list without any key', async () => {
    const before = place.standing;
    await place.commit({}, { sshKey: other });
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/is signed with ED25519 key SHA256:\S+, which is not listed/);
    await place.world.reset(before.applied?.commit ?? '');
    await place.commit({}, { sshKey: key });
    writeFileSync(place.at('root/etc/ds01-policy/allowed-signers'), '# nobody\n');
    const none = await place.tick();
    expect(none.exitCode).toBe(3);
    expect(none.stderr).toMatch(/no key may sign: none is listed/);
    expect(place.standing.anchor).toEqual(before.anchor);
  });

  it('keeps what is applied when its key is taken off the list', async () => {
    const { applied } = place.standing;
    await place.world.reset(applied?.commit ?? '');
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await place.call('status')).exitCode).toBe(0);
  });
});
