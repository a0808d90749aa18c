import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listing, memberFile, memberFiles, Place, UNITS } from './world.ts';

/** A host that has everything, and policy that wants something changed. */
async function placeWithWork(): Promise<Place> {
  const place = await Place.applied();
  place.edit('groups/student.yaml', '65536', '131072');
  place.policy({ 'members/new.yaml': memberFile('new', 'researcher') });
  place.write('outside/file', 'of somebody else\n');
  return place;
}

/** Puts something in the place of a path below the root, which is moved outside. */
function replace(place: Place, path: string, put: (target: string) => void): void {
  const target = place.at('root', path);
  mkdirSync(dirname(target), { recursive: true });
  if (listing(place.at('root')).some((entry) => entry.path === path)) renameSync(target, place.at('outside/moved'));
  put(target);
}

const link = (to: string) => (target: string) => symlinkSync(to, target);
const folder = (target: string) => mkdirSync(target);

const CONFLICTS: readonly (readonly [string, string, (target: string) => void, string])[] = [
  ['a link to a file outside', 'ds01-student.slice', link('../../../../outside/moved'), 'is a symbolic link'],
  ['a link to nowhere', 'ds01-student.slice', link('/nonexistent'), 'is a symbolic link'],
  ['a link where a unit shall be', 'ds01-researcher-new.slice', link('/dev/null'), 'is a symbolic link'],
  ['a folder', 'ds01-researcher-new.slice', folder, 'is a folder'],
  ['a linked drop-in folder', 'ds01-student-.slice.d', link('../../../../outside/moved'), 'is a symbolic link'],
  ['a drop-in folder linked to nowhere', 'ds01-student-.slice.d', link('/nonexistent'), 'is a symbolic link'],
  ['a linked drop-in', 'ds01-student-.slice.d/50-ds01-policy.conf', link('/dev/null'), 'is a symbolic link'],
  ['a folder for a drop-in', 'ds01-student-.slice.d/50-ds01-policy.conf', folder, 'is a folder'],
];

describe.concurrent('apply refuses what is in its way, and writes nothing', () => {
  it.each(CONFLICTS)('%s: %s', async (_what, path, put, message) => {
    const place = await placeWithWork();
    replace(place, `${UNITS}/${path}`, put);
    const before = listing(place.folder);
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect(stderr).toBe(
      `refused: ${path} ${message}; move it away if policy shall decide about this slice\nnothing was changed\n`,
    );
    expect(exitCode).toBe(3);
    expect(stdout).toContain(`not ours, and in the way\n  ${path} ${message}\n`);
    expect(listing(place.folder)).toEqual(before);
  });

  it('after it has settled what an earlier run left half-way, and says both', async () => {
    const place = await Place.applied();
    const changes = ['x', 'y'].map((name) => ({ kind: 'create', path: `ds01-${name}.slice`, after: '[Slice]\n' }));
    const record = {
      version: 1,
      at: '2026-06-15T10:34:56.789Z',
      policy: { commit: null, why: '' },
      digest: '',
      changes: [],
    };
    place.write(`root/${UNITS}/ds01-x.slice`, '[Slice]\n');
    place.write('root/var/lib/ds01-policy/journal.json', `${JSON.stringify({ version: 1, record, changes })}\n`);
    const { exitCode, stderr } = await place.run('apply --root root --expect other');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^the apply of 2026-06-15T10:34:56[.]789Z was ended half-way: its changes were taken back first\nrefused: this plan has digest .*\nnothing else was changed\n$/,
    );
    expect(place.units()).not.toHaveProperty('ds01-x.slice');
  });

  it('a file of somebody else', async () => {
    const place = await placeWithWork();
    place.write(`root/${UNITS}/ds01-student.slice`, '[Slice]\nTasksMax=512\n');
    const before = listing(place.folder);
    const { exitCode, stderr } = await place.run('apply --root root');
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      'refused: ds01-student.slice exists and was not written by ds01-policy; apply --adopt takes it over and keeps a copy\nnothing was changed\n',
    );
    expect(listing(place.folder)).toEqual(before);
    // It goes on when the way is free.
    renameSync(place.at('root', UNITS, 'ds01-student.slice'), place.at('taken-away'));
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(place.units()['ds01-student.slice']).toContain('\nTasksMax=131072\n');
  });

  it.each([
    ['etc/systemd', 'a symbolic link'],
    ['etc/systemd/system', 'a symbolic link'],
    ['var/lib/ds01-policy', 'a symbolic link'],
  ])('a link out of the root: %s', async (path, what) => {
    const place = await placeWithWork();
    replace(place, path, link(place.at('outside/moved')));
    const before = listing(place.folder);
    expect(await place.run('apply --root root')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `ds01-policy: root/${path} is ${what}, not a folder\nnothing was changed\n`,
    });
    expect(listing(place.folder)).toEqual(before);
  });

  it.each(['lock', 'history.jsonl'])('a link in its state folder: %s', async (name) => {
    const place = await placeWithWork();
    replace(place, `var/lib/ds01-policy/${name}`, link(place.at('outside/file')));
    const before = listing(place.at('outside'));
    const units = place.units();
    const { exitCode, stderr } = await place.run('apply --root root');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/: ELOOP: .*\nthe host is as it was before\n$/);
    expect(listing(place.at('outside'))).toEqual(before);
    expect(place.units()).toEqual(units);
  });
});

const LAB = 'description: The lab\nlimits:\n  per_group: { cpu_quota: 800%, memory_max: 16G, tasks_max: 65536 }\n';

async function refusal(
  before: Record<string, string>,
  after: Record<string, string | undefined>,
  edit?: (place: Place) => void,
) {
  const place = await Place.applied(before);
  const listed = listing(place.at('root'));
  place.policy(after);
  edit?.(place);
  const { exitCode, stdout, stderr } = await place.run('apply --root root');
  expect(listing(place.at('root'))).toEqual(listed);
  expect(place.history()).toHaveLength(1);
  expect(exitCode, stdout).toBe(3);
  return stderr;
}

describe.concurrent('apply refuses what a guard speaks against', () => {
  it('removing more than two members of few', async () => {
    const gone = { 'members/m001.yaml': undefined, 'members/m002.yaml': undefined, 'members/m003.yaml': undefined };
    expect(await refusal(memberFiles(3, 'researcher'), gone)).toBe(
      'refused: removes 3 of 5 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003 [mass-removal]; remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, objects: [m001, m002, m003], reason: WHY, expires: YYYY-MM-DD }]\nnothing was changed\n',
    );
  });

  it('removing more than a fifth of many', async () => {
    const gone = Object.fromEntries([1, 2, 3, 4].map((number) => [`members/m00${number}.yaml`, undefined]));
    expect(await refusal(memberFiles(13, 'researcher'), gone)).toBe(
      'refused: removes 4 of 15 members, at most 3 (2, or 20 % of all) at a time: m001, m002, m003, m004 [mass-removal]; remove at most 3 member files in one change, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, objects: [m001, m002, m003, m004], reason: WHY, expires: YYYY-MM-DD }]\nnothing was changed\n',
    );
  });

  it('removing a group that has members', async () => {
    const stderr = await refusal(
      { 'groups/lab.yaml': LAB, 'members/m001.yaml': memberFile('m001', 'lab') },
      { 'groups/lab.yaml': undefined, 'members/m001.yaml': memberFile('m001', 'researcher') },
    );
    expect(stderr).toBe(
      'refused: removes 1 group with members on this host, at most 0 at a time: "lab" (1 account) [group-removal]; move the members to another group in a change before this one, or allow exactly this once in policy/allow.yaml: answers: [{ guard: group-removal, objects: [lab], reason: WHY, expires: YYYY-MM-DD }]\nnothing was changed\n',
    );
  });

  it('replacing every administrator', async () => {
    const stderr = await refusal(
      {},
      {
        'members/datasciencelab.yaml': undefined,
        'members/m001.yaml': memberFile('m001', 'admin'),
      },
    );
    expect(stderr).toBe(
      'refused: replaces every administrator at once (1), at least 1 must stay: datasciencelab@hertie-school.lan [admins-gone]; add the new administrators first, and remove the old ones later, or allow exactly this once in policy/allow.yaml: answers: [{ guard: admins-gone, objects: [datasciencelab@hertie-school.lan], reason: WHY, expires: YYYY-MM-DD }]\nnothing was changed\n',
    );
  });

  it('the policy of another site', async () => {
    const stderr = await refusal({}, {}, (place) => place.edit('site.yaml', 'name: ds01 ', 'name: ds02 '));
    expect(stderr).toBe(
      'refused: the host has 10 unit files of another site, and policy is for site "ds02": ds01-admin-.slice.d/50-ds01-policy.conf, ds01-admin-datasciencelab.slice, ds01-admin.slice, ds01-researcher-.slice.d/50-ds01-policy.conf, ds01-researcher-204214.slice, ds01-researcher-s_kaiser.slice, ds01-researcher.slice, ds01-student-.slice.d/50-ds01-policy.conf, ds01-student.slice, ds01.slice [site-renamed]; keep the old name in site.yaml, or remove those files first, or allow exactly this once in policy/allow.yaml: answers: [{ guard: site-renamed, objects: [ds01-admin-.slice.d/50-ds01-policy.conf, ds01-admin-datasciencelab.slice, ds01-admin.slice, ds01-researcher-.slice.d/50-ds01-policy.conf, ds01-researcher-204214.slice, ds01-researcher-s_kaiser.slice, ds01-researcher.slice, ds01-student-.slice.d/50-ds01-policy.conf, ds01-student.slice, ds01.slice], reason: WHY, expires: YYYY-MM-DD }]\nnothing was changed\n',
    );
  });

  it('but not removing two members, nor grants that expire', async () => {
    const place = await Place.applied(memberFiles(6, 'researcher'));
    const expired = memberFiles(6, 'researcher', () => 'expires: 2025-12-31\n');
    place.policy({ ...expired, 'members/m001.yaml': undefined, 'members/m002.yaml': undefined });
    const { exitCode, stdout } = await place.run('apply --root root');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\napplied 6 changes to root\n$/);
  });
});
