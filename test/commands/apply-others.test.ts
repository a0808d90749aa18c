import { chmodSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contents, listing, Place, UNITS } from './world.ts';

const CONTROL = 'etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
const RUNTIME = 'run/systemd/system.control/ds01-student-a.slice.d/50-MemoryMax.conf';
const SET = '# This is a drop-in unit file extension, created via "systemctl set-property"\n[Slice]\n';
const STATE = 'root/var/lib/ds01-policy';

/** The only copy that was kept of what was at a path. */
function copyOf(place: Place, path: string) {
  const [entry, ...others] = listing(place.at(STATE, 'backup')).filter((copy) => copy.path.endsWith(path));
  expect(others).toEqual([]);
  return entry;
}

describe.concurrent('a unit that somebody wrote by hand', () => {
  const BY_HAND = '[Unit]\nDescription=Students\n[Slice]\nMemoryMax=32g\nTasksMax=512\n';

  it('is taken over by apply --adopt, which keeps a copy of it byte by byte', async () => {
    const place = await Place.applied();
    place.write(`root/${UNITS}/ds01-student.slice`, BY_HAND);
    chmodSync(place.at('root', UNITS, 'ds01-student.slice'), 0o600);
    const { exitCode, stdout, stderr } = await place.run('apply --root root --adopt');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /\n {4}MemoryMax +32g [(]never in force, systemd ignores it[)] -> 32G +limit imposed for the first time /,
    );
    expect(stdout).toMatch(/\n {4}TasksMax +512 -> 65536 +limit rises /);
    expect(stdout).toMatch(/\napplied 1 change to root\n$/);
    expect(place.units()['ds01-student.slice']).toContain('\nTasksMax=65536\n');
    expect(copyOf(place, `${UNITS}/ds01-student.slice`)).toMatchObject({ text: BY_HAND, mode: '644' });
    const before = listing(place.at('root'));
    expect(await place.run('apply --root root')).toEqual({ exitCode: 0, stdout: 'nothing differs\n', stderr: '' });
    expect(listing(place.at('root'))).toEqual(before);
  });

  it('is no obstacle for its neighbours once it was taken over, and the history says where the copy is', async () => {
    const place = new Place();
    place.write(`root/${UNITS}/ds01-student.slice`, BY_HAND);
    expect((await place.run('apply --root root --adopt')).exitCode).toBe(0);
    const [record] = readFileSync(place.at(STATE, 'history.jsonl'), 'utf8').trimEnd().split('\n');
    const { backup, changes } = JSON.parse(record ?? '');
    expect(changes).toContainEqual(expect.objectContaining({ kind: 'adopt', path: 'ds01-student.slice' }));
    expect(readFileSync(place.at(STATE, backup, UNITS, 'ds01-student.slice'), 'utf8')).toBe(BY_HAND);
  });
});

describe.concurrent('what systemctl set-property left', () => {
  it('is cleared, also below /run, with a copy, whether it says what policy says or not', async () => {
    const place = await Place.applied();
    place.write(`root/${CONTROL}`, `${SET}TasksMax=65536\n`);
    place.write(`root/${RUNTIME}`, `${SET}MemoryMax=1073741824\n`);
    const plan = await place.run('plan --root root --check');
    expect(plan.exitCode).toBe(2);
    expect(plan.stdout).toMatch(
      /\n {2}TasksMax of ds01-student[.]slice is 65536, as policy says, and would stay so when policy changes: \/etc\/systemd\/system[.]control\/\S+ wins, written by systemctl set-property since 20/,
    );
    expect(plan.stdout).toMatch(/\n {2}MemoryMax of ds01-student-a[.]slice is 1G, policy sets no limit: \/run\//);
    const { exitCode, stdout } = await place.run('apply --root root');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\napplied 2 changes to root\n$/);
    expect(contents(place.at('root/etc/systemd/system.control'))).toEqual([]);
    expect(contents(place.at('root/run/systemd/system.control'))).toEqual([]);
    expect(copyOf(place, CONTROL)?.text).toBe(`${SET}TasksMax=65536\n`);
    expect(copyOf(place, RUNTIME)?.text).toBe(`${SET}MemoryMax=1073741824\n`);
    expect(await place.run('plan --root root --check')).toMatchObject({ exitCode: 0, stdout: 'nothing differs\n' });
  });

  it('stays if it limits nothing, or is about a slice of which policy says nothing', async () => {
    const place = await Place.applied();
    place.write('root/etc/systemd/system.control/ds01-student.slice.d/50-MemoryMin.conf', `${SET}MemoryMin=1G\n`);
    place.write('root/etc/systemd/system.control/ds01-vip.slice.d/50-TasksMax.conf', `${SET}TasksMax=7\n`);
    place.write('root/etc/systemd/system.control/user.slice.d/50-TasksMax.conf', `${SET}TasksMax=7\n`);
    expect(await place.run('apply --root root')).toEqual({ exitCode: 0, stdout: 'nothing differs\n', stderr: '' });
  });
});

describe.concurrent('a drop-in of somebody else that changes a limit', () => {
  it('stops apply by its name, whatever folder of systemd it is in, and nothing is deleted', async () => {
    const place = await Place.applied();
    place.edit('groups/student.yaml', '65536', '131072');
    place.write('root/run/systemd/system/ds01-student.slice.d/90-local.conf', '[Slice]\nMemoryMax=16G\n');
    place.write('root/usr/lib/systemd/system/ds01-.slice.d/95-vendor.conf', '[Slice]\nTasksMax=100\n');
    const before = listing(place.folder);
    const { exitCode, stderr } = await place.run('apply --root root');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^refused: MemoryMax of ds01-student[.]slice is 16G, policy says 32G: \/run\/systemd\/system\/ds01-student[.]slice[.]d\/90-local[.]conf wins since /m,
    );
    expect(stderr).toMatch(
      /^refused: TasksMax of ds01-admin-_[.]slice and \d+ more is 100, .*: \/usr\/lib\/systemd\/system\/ds01-[.]slice[.]d\/95-vendor[.]conf wins since /m,
    );
    expect(stderr).toMatch(/\nnothing was changed\n$/);
    expect(listing(place.folder)).toEqual(before);
  });

  it('is only shown where policy says drift: report, for the group or for the site', async () => {
    const place = await Place.applied();
    place.write(`root/${UNITS}/ds01-student.slice.d/90-local.conf`, '[Slice]\nMemoryMax=16G\n');
    place.edit('groups/student.yaml', 'description:', 'drift: report\ndescription:');
    place.edit('groups/student.yaml', '65536 }', '131072 }');
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('left as it is, because policy says drift: report\n');
    expect(place.units()['ds01-student.slice']).toContain('\nTasksMax=131072\n');
    expect((await place.run('plan --root root --check')).exitCode).toBe(0);
    // The group's word counts, and that of the site where the group says nothing.
    place.edit('groups/student.yaml', 'drift: report', 'drift: enforce');
    place.edit('site.yaml', 'guards:', 'drift: report\nguards:');
    expect((await place.run('plan --root root --check')).exitCode).toBe(2);
    place.edit('groups/student.yaml', 'drift: enforce\n', '');
    expect((await place.run('plan --root root --check')).exitCode).toBe(0);
  });
});
