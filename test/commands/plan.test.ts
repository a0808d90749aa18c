import { chmodSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expected, listing, onDay, Place, UNITS } from './world.ts';

const ON = '--on 2026-03-01';
const DIGEST = '09be1dcb88ae46535f1d5a6a9cc470e9ca42631d2790634c73deccac34c7f747';

const FIRST = expected('plan.txt');

const NEXT = 'apply carries it out; with --expect and the digest, this plan and no other\n';

const FIRST_MARKDOWN = expected('plan.md');

const NOTHING = { exitCode: 0, stdout: 'nothing differs\n', stderr: '' };

describe.concurrent('plan on an empty root', () => {
  it('shows every unit and limit, and who is affected', async () => {
    const place = new Place();
    expect(await place.run(`plan --root root ${ON}`)).toEqual({ exitCode: 0, stdout: FIRST, stderr: '' });
    const today = await place.run('plan --root root');
    expect({ ...today, stdout: onDay(today.stdout) }).toEqual({ exitCode: 0, stdout: FIRST + NEXT, stderr: '' });
  });

  it('shows the same for a pull request', async () => {
    const run = await new Place().run(`plan --root root ${ON} --format markdown`);
    expect(run).toEqual({ exitCode: 0, stdout: FIRST_MARKDOWN, stderr: '' });
  });

  it('shows the same for programs', async () => {
    const { exitCode, stdout, stderr } = await new Place().run(`plan --root root ${ON} --format json`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { changes, moves, ...head } = JSON.parse(stdout);
    expect(head).toEqual({
      version: 1,
      differs: true,
      site: 'ds01',
      today: '2026-03-01',
      guards: [],
      answered: [],
      conflicts: [],
      drift: [],
      draining: [],
      foreign: [],
      accountingOnly: [],
      digest: DIGEST,
    });
    expect(changes.map(({ kind, path }: { kind: string; path: string }) => `${kind} ${path}`)).toEqual(
      [...FIRST.matchAll(/^\+ (\S+)/gm)].map(([, path]) => `create ${path}`),
    );
    expect(changes[3]).toEqual({
      kind: 'create',
      path: 'ds01-student.slice',
      after: `# Managed by ds01-policy: the next apply undoes an edit here. Edit policy/groups/student.yaml instead.

[Unit]
Description=ds01 student: Students, and everybody who is not listed
Before=slices.target

[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
CPUQuota=1600%
MemoryMax=32G
TasksMax=65536

[X-ds01-policy]
Group=student
Container=cpus 16
Container=memory 32G
`,
      place: { file: 'groups/student.yaml', line: 2 },
      differences: [
        { key: 'CPUQuota', after: '1600%', effect: 'imposed', place: { file: 'groups/student.yaml', line: 6 } },
        { key: 'MemoryMax', after: '32G', effect: 'imposed', place: { file: 'groups/student.yaml', line: 6 } },
        { key: 'TasksMax', after: '65536', effect: 'imposed', place: { file: 'groups/student.yaml', line: 6 } },
        { key: 'container cpus', after: '16', effect: 'imposed', place: { file: 'groups/student.yaml', line: 7 } },
        { key: 'container memory', after: '32G', effect: 'imposed', place: { file: 'groups/student.yaml', line: 7 } },
      ],
    });
    expect(moves[0]).toEqual({
      account: '204214@hertie-school.lan',
      kind: 'gains',
      from: 'student',
      to: 'researcher',
      state: 'active',
      until: 'never',
      place: { file: 'members/204214.yaml', line: 3 },
    });
    expect(moves).toHaveLength(3);
  });
});

describe.concurrent('plan --check', () => {
  it('exits 2 if anything differs and 0 if nothing does, in every format', async () => {
    const place = new Place();
    const codes = async () => {
      const formats = ['text', 'markdown', 'json'].map((format) =>
        place.run(`plan --root root --check --format ${format}`),
      );
      return (await Promise.all(formats)).map(({ exitCode }) => exitCode);
    };
    expect(await codes()).toEqual([2, 2, 2]);
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(await codes()).toEqual([0, 0, 0]);
    expect(await place.run('plan --root root --check')).toEqual(NOTHING);
  });

  it('exits 1 when policy has errors, and shows them', async () => {
    const place = new Place({ 'groups/student.yaml': '' });
    expect(await place.run('plan --root root --check')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `policy/groups/student.yaml:1:1: error: the file is empty [yaml-empty]
  1 | 
    | ^
  fix: write the policy, or delete the file if nothing is meant to be in it

1 error
policy has errors: nothing was changed
`,
    });
  });
});

describe.concurrent('plan writes nothing', () => {
  it('not on an empty root, not on one that has everything, and not where something is in the way', async () => {
    const place = new Place();
    const assertUntouched = async () => {
      const before = listing(place.folder);
      await place.run('plan --root root --check');
      await place.run('plan --root root --format markdown');
      await place.run(`plan --root root ${ON} --format json`);
      await place.run('status --root root');
      expect(listing(place.folder)).toEqual(before);
    };
    await assertUntouched();
    expect(listing(place.at('root'))).toEqual([]);
    await place.run('apply --root root');
    place.edit('groups/student.yaml', '65536', '131072');
    place.write(`root/${UNITS}/ds01-student.slice`, '[Slice]\n');
    await assertUntouched();
    expect(listing(place.at('root')).length).toBeGreaterThan(10);
  });

  const root = process.getuid?.() === 0;
  if (root) console.warn('skipped: plan on a root without write permission; root may write everywhere');
  it.skipIf(root)('and does not need to be allowed to', async () => {
    const place = await Place.applied();
    place.edit('groups/student.yaml', '65536', '131072');
    const folders = listing(place.folder).filter(({ kind }) => kind === 'folder');
    for (const { path } of folders) chmodSync(place.at(path), 0o555);
    const { exitCode, stdout } = await place.run('plan --root root');
    for (const { path } of folders) chmodSync(place.at(path), 0o755);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('    TasksMax  65536 -> 131072  limit rises  policy/groups/student.yaml:6\n');
  });

  it.each(['nowhere', 'policy/site.yaml', 'policy/site.yaml/below'])('and makes no root: %s', async (root) => {
    const place = new Place();
    const { exitCode, stdout, stderr } = await place.run(`plan --root ${root}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^ds01-policy: ${root} .*\nnothing was changed\n$`));
    expect(existsSync(place.at('nowhere'))).toBe(false);
  });
});
