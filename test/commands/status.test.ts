import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Run } from '../support/run-cli.ts';
import { memberFile, Place, UNITS } from './world.ts';

const ON = '--on 2026-03-01';

const APPLIED = `root on 2026-03-01

ds01.slice
├─ ds01-admin.slice                    CPUQuota unlimited, MemoryMax unlimited, TasksMax unlimited
│  ├─ ds01-admin-datasciencelab.slice  datasciencelab@hertie-school.lan, never ends
│  └─ ds01-admin-….slice               each member
├─ ds01-researcher.slice               CPUQuota 12800% (128 cores), MemoryMax 128G, TasksMax 65536; each container: cpus 64, memory 128G
│  ├─ ds01-researcher-204214.slice     204214@hertie-school.lan, never ends
│  ├─ ds01-researcher-s_kaiser.slice   s.kaiser@hertie-school.lan, never ends
│  └─ ds01-researcher-….slice          each member
└─ ds01-student.slice                  CPUQuota 1600% (16 cores), MemoryMax 32G, TasksMax 65536; each container: cpus 16, memory 32G
   └─ ds01-student-….slice             everybody who is not listed

last apply TIME: policy without a commit

as policy says: nothing differs
`;

// The hour of a test is nothing that its output can be known to say.
function atNoTime(run: Run): Run {
  return { ...run, stdout: run.stdout.replace(/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC/, 'TIME') };
}

describe.concurrent('status', () => {
  it('says that an empty root has nothing', async () => {
    expect(await new Place().run(`status --root root ${ON}`)).toEqual({
      exitCode: 2,
      stdout: `root on 2026-03-01

no ds01.slice of ds01-policy is here

not as policy says: 10 to create, 0 to update, 0 to remove; 10 limits imposed for the first time
plan shows what would change, and why
`,
      stderr: '',
    });
  });

  it('draws what is there when it is as policy says', async () => {
    const place = await Place.applied();
    expect(atNoTime(await place.run(`status --root root ${ON}`))).toEqual({ exitCode: 0, stdout: APPLIED, stderr: '' });
  });

  it('draws what is there when somebody has changed it: the host, not policy', async () => {
    const place = await Place.applied();
    const student = `root/${UNITS}/ds01-student.slice`;
    place.write(student, readFileSync(place.at(student), 'utf8').replace('TasksMax=65536', 'TasksMax=512'));
    rmSync(place.at('root', UNITS, 'ds01-researcher-s_kaiser.slice'));
    place.write(`root/${UNITS}/ds01-vip.slice`, '[Slice]\n');
    expect(atNoTime(await place.run(`status --root root ${ON}`))).toEqual({
      exitCode: 2,
      stdout: APPLIED.replace('│  ├─ ds01-researcher-s_kaiser.slice   s.kaiser@hertie-school.lan, never ends\n', '')
        .replace('TasksMax 65536; each container: cpus 16', 'TasksMax 512; each container: cpus 16')
        .replace(
          /as policy says.*\n/,
          'not as policy says: 1 to create, 1 to update, 0 to remove\nplan shows what would change, and why\n',
        ),
      stderr: '',
    });
  });

  it('says whose grant is no longer there, and until when the others have theirs', async () => {
    const place = await Place.applied({
      'members/a.yaml': memberFile('a', 'researcher'),
      'members/b.yaml': memberFile('b', 'researcher'),
      'members/c.yaml': memberFile('c', 'researcher'),
    });
    place.policy({
      'members/a.yaml': memberFile('a', 'researcher', 'expires: 2026-03-31\n'),
      'members/b.yaml': undefined,
      'members/c.yaml': memberFile('c', 'student', 'expires: 2026-12-31\n'),
    });
    const on = async (day: string) => (await place.run(`status --root root --on ${day}`)).stdout;
    const line = (account: string, text: string) =>
      `ds01-researcher-${account}.slice          ${account}@hertie-school.lan, ${text}\n`;
    const before = await on('2026-03-31');
    expect(before).toContain(line('a', 'until 2026-03-31'));
    expect(before).toContain(line('b', 'no longer granted'));
    // The grant that it has is for another group than the slice that is here.
    expect(before).toContain(line('c', 'no longer granted'));
    expect(await on('2026-04-01')).toContain(line('a', 'no longer granted'));
  });

  it('shows own limits of members and of everybody', async () => {
    const place = await Place.applied({
      'groups/student.yaml': `description: Students
limits:
  per_group: { cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536 }
  per_member: { memory_max: 8G, cpu_quota: 150% }
`,
      'members/a.yaml': memberFile(
        'a',
        'student',
        'expires: never\nlimits:\n  per_member: { memory_max: 16G }\n  per_container: { gpus: 1 }\n',
      ),
    });
    const { exitCode, stdout } = await place.run(`status --root root ${ON}`);
    expect(exitCode).toBe(0);
    expect(
      stdout,
    ).toContain(`└─ ds01-student.slice                  CPUQuota 1600% (16 cores), MemoryMax 32G, TasksMax 65536
   ├─ ds01-student-a.slice             a@hertie-school.lan, never ends, CPUQuota 150% (1.5 cores), MemoryMax 16G; each container: gpus 1
   └─ ds01-student-….slice             everybody who is not listed; CPUQuota 150% (1.5 cores), MemoryMax 8G
`);
  });

  it('says it to programs', async () => {
    const place = await Place.applied();
    rmSync(place.at('root', UNITS, 'ds01-student-.slice.d/50-ds01-policy.conf'));
    place.write(`root/${UNITS}/ds01-vip.slice`, '[Slice]\n');
    const { exitCode, stdout, stderr } = await place.run(`status --root root ${ON} --format json`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    const { tree, digest, last, ...head } = JSON.parse(stdout);
    expect(last).toMatchObject({ result: 'applied' });
    expect(head).toEqual({
      version: 1,
      host: 'root',
      today: '2026-03-01',
      differs: true,
      degraded: false,
      unfinished: false,
      changes: 1,
      guards: [],
      answered: [],
      conflicts: [],
      drift: [],
      draining: [],
      foreign: [],
      accountingOnly: ['ds01-vip.slice'],
    });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(tree.children[2]).toEqual({
      name: 'ds01-student.slice',
      kind: 'group',
      limits: {
        CPUQuota: '1600%',
        MemoryMax: '32G',
        TasksMax: '65536',
        'container cpus': '16',
        'container memory': '32G',
      },
      children: [{ name: 'ds01-student-….slice', kind: 'others', limits: {}, children: [] }],
    });
    const empty = JSON.parse((await new Place().run('status --root root --format json')).stdout);
    expect(empty).toMatchObject({ differs: true, changes: 10, tree: null });
  });
});

describe.concurrent('status says how the last apply ended', () => {
  const STATE = 'root/var/lib/ds01-policy';

  /** A host whose last run failed, as its history tells. */
  async function failed(result: string, failure: string): Promise<Place> {
    const place = await Place.applied();
    const [record] = place.history();
    const at = '2026-02-28T02:59:30.000Z';
    const last = { at, result, commit: '0123456789abcdef', failure };
    appendFileSync(place.at(STATE, 'history.jsonl'), `${JSON.stringify({ ...record, at, standing: { last } })}\n`);
    return place;
  }

  it('so that nobody can miss a host that is in disorder', async () => {
    const place = await failed(
      'broken',
      'read back: not as written: x; look at /etc/systemd/system, then run apply again',
    );
    const { exitCode, stdout } = await place.run(`status --root root ${ON}`);
    expect(exitCode).toBe(2);
    expect(stdout).toContain(
      '\n\nDEGRADED since 2026-02-28 02:59 UTC: the last apply failed and could not be taken back: read back: not as written: x; look at /etc/systemd/system, then run apply again\n\n',
    );
    const json = await place.run(`status --root root ${ON} --format json`);
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ degraded: true, differs: false, last: { result: 'broken' } });
  });

  it('which is no reason to call when everything is as it was before', async () => {
    const place = await failed('restored', 'reload systemd: no space');
    const { exitCode, stdout } = await place.run(`status --root root ${ON}`);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '\nlast apply 2026-02-28 02:59 UTC: commit 0123456789ab failed, nothing changed: reload systemd: no space\n',
    );
  });

  it('or that one is under way or was ended half-way, until the next apply has settled it', async () => {
    const place = await Place.applied();
    writeFileSync(place.at(STATE, 'journal.json'), '{"version":1,"record":{');
    const { exitCode, stdout } = await place.run(`status --root root ${ON}`);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('\nan apply is under way, or was ended half-way: the next apply settles it\n');
    expect(await place.run('apply --root root')).toEqual({ exitCode: 0, stdout: 'nothing differs\n', stderr: '' });
    expect(existsSync(place.at(STATE, 'journal.json'))).toBe(false);
    expect((await place.run(`status --root root ${ON} --format json`)).exitCode).toBe(0);
  });

  it('and never that there was none because it cannot be read', async () => {
    const place = await Place.applied();
    writeFileSync(place.at(STATE, 'history.jsonl'), 'rubbish\n');
    const { exitCode, stdout, stderr } = await place.run(`status --root root ${ON}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(/^ds01-policy: read root\/var\/lib\/ds01-policy\/history[.]jsonl: Unexpected token /);
  });
});
