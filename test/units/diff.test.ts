import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, type Difference, diff } from '../../scripts/units/diff.ts';
import { DROP_IN, render, type Unit } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { groupText, memberText, resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';

const STUDENT = 'ds01-student.slice';
const OWN = `ds01-researcher-204214.slice.d/${DROP_IN}`;
const GROUPS_OWN = `ds01-researcher-.slice.d/${DROP_IN}`;

type Texts = Parameters<typeof resolvePolicy>[0];

function unitsOf(texts: Texts): readonly Unit[] {
  return render(resolvePolicy(texts));
}

function textsOf(units: readonly Unit[]): ReadonlyMap<string, string> {
  return new Map(units.map(({ path, text }) => [path, text]));
}

function changes(before: Texts, after: Texts): readonly Change[] {
  return diff(textsOf(unitsOf(before)), unitsOf(after));
}

function students(perGroup: string, more = ''): Texts {
  return { 'groups/student.yaml': groupText(perGroup, more) };
}

// What a reader of the plan sees of a difference, without the line of policy.
function words({ key, before, after, effect }: Difference): string {
  return [key, before, '->', after, effect].filter((word) => word !== undefined).join(' ');
}

describe('diff', () => {
  it('finds nothing between equal units', () => {
    expect(changes({}, {})).toEqual([]);
  });

  it('creates everything on an empty host: a limit without the place it comes from would be no reason', () => {
    const all = diff(new Map(), unitsOf({}));
    expect(all.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'create ds01.slice',
      'create ds01-admin.slice',
      'create ds01-researcher.slice',
      'create ds01-student.slice',
      'create ds01-admin-.slice.d/50-ds01-policy.conf',
      'create ds01-admin-datasciencelab.slice',
      'create ds01-researcher-.slice.d/50-ds01-policy.conf',
      'create ds01-researcher-204214.slice',
      'create ds01-researcher-s_kaiser.slice',
      'create ds01-student-.slice.d/50-ds01-policy.conf',
    ]);
    expect(all.find(({ path }) => path === STUDENT)).toMatchObject({
      place: { file: 'groups/student.yaml', line: 2 },
      differences: [
        { key: 'CPUQuota', after: '1600%', effect: 'imposed', place: { file: 'groups/student.yaml', line: 6 } },
        { key: 'MemoryMax', after: '32G', effect: 'imposed' },
        { key: 'TasksMax', after: '65536', effect: 'imposed' },
        { key: 'container cpus', after: '16', effect: 'imposed', place: { file: 'groups/student.yaml', line: 7 } },
        { key: 'container memory', after: '32G', effect: 'imposed' },
      ],
    });
  });

  it('tells each limit before and after, its effect, and the line of policy', () => {
    const [change, ...others] = changes(
      students(
        'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536, io_read_bandwidth_max: { /dev/sda: 5M, /dev/sdb: 6M }',
      ),
      students(
        'cpu_quota: 800%, memory_max: unlimited, tasks_max: 131072, io_read_bandwidth_max: { /dev/sda: 7M }, io_weight: 50',
      ),
    );
    expect(others).toEqual([]);
    expect(change).toMatchObject({ kind: 'update', path: STUDENT, place: { file: 'groups/student.yaml' } });
    expect(change?.differences.map(words)).toEqual([
      'CPUQuota 1600% -> 800% falls',
      'MemoryMax 32G -> infinity removed',
      'TasksMax 65536 -> 131072 rises',
      'IOWeight -> 50 falls',
      'IOReadBandwidthMax /dev/sda 5M -> 7M rises',
      'IOReadBandwidthMax /dev/sdb 6M -> removed',
    ]);
    for (const difference of change?.differences ?? []) {
      expect(difference.place).toMatchObject({ file: 'groups/student.yaml' });
      expect(difference).not.toHaveProperty('ignored');
    }
    expect(change?.differences[0]?.place?.line).toBe(3);
  });

  it('tells lines that limit nothing, too, and without an effect', () => {
    const other = groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536').replace('a group', 'others');
    const [change] = changes(students('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'), {
      'groups/student.yaml': other,
    });
    expect(change?.differences).toEqual([
      { key: 'Description', before: 'ds01 student: a group', after: 'ds01 student: others' },
    ]);
  });

  it('tells what somebody did to a file of ours by hand', () => {
    const units = unitsOf({});
    const edited = new Map(textsOf(units));
    const text = edited.get(STUDENT) ?? '';
    edited.set(
      STUDENT,
      text.replace('TasksMax=65536', 'TasksMax=512').replace('IOAccounting=yes', 'IOAccounting=no\nRubbish=1'),
    );
    expect(diff(edited, units).flatMap(({ differences }) => differences.map(words))).toEqual([
      'TasksMax 512 -> 65536 rises',
      'IOAccounting no -> yes',
      'Rubbish 1 ->',
    ]);
    expect(diff(edited, units).map(({ kind }) => kind)).toEqual(['update']);
    edited.set(STUDENT, text.replace('TasksMax=65536\n', ''));
    expect(diff(edited, units).flatMap(({ differences }) => differences.map(words))).toEqual([
      'TasksMax -> 65536 imposed',
    ]);
  });

  it('says of a limit that systemd ignored that it is new: it was never in force', () => {
    const units = unitsOf({});
    const text = textsOf(units).get(STUDENT) ?? '';
    const edited = new Map(textsOf(units)).set(
      STUDENT,
      text.replace('MemoryMax=32G', 'MemoryMax=32g').replace('memory 32G', 'memory 32g'),
    );
    expect(diff(edited, units).flatMap(({ differences }) => differences)).toMatchObject([
      { key: 'MemoryMax', before: '32g', after: '32G', effect: 'imposed', ignored: true },
      // That is for the container tools to ignore.
      { key: 'container memory', before: '32g', after: '32G', effect: 'changes' },
    ]);
    const [, container] = diff(edited, units).flatMap(({ differences }) => differences);
    expect(container).not.toHaveProperty('ignored');
  });

  it('does not tell who a unit is for as a difference: that is told in other words', () => {
    const units = unitsOf({});
    const text = textsOf(units).get(STUDENT) ?? '';
    const edited = new Map(textsOf(units)).set(STUDENT, text.replace('Group=student', 'Group=pupil\nMember=x'));
    expect(diff(edited, units)).toMatchObject([{ kind: 'update', path: STUDENT, differences: [] }]);
  });

  it('adopts a unit that somebody else wrote, with what that does to its limits', () => {
    const units = unitsOf({});
    const found = new Map(textsOf(units)).set(STUDENT, '[Slice]\nTasksMax=512\nMemoryMax=64G\n');
    const [change, ...others] = diff(found, units, new Set([STUDENT]));
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      kind: 'adopt',
      path: STUDENT,
      before: found.get(STUDENT),
      after: textsOf(units).get(STUDENT),
      place: { file: 'groups/student.yaml', line: 2 },
    });
    expect(change?.differences.map(words).slice(0, 3)).toEqual([
      'CPUQuota -> 1600% imposed',
      'MemoryMax 64G -> 32G falls',
      'TasksMax 512 -> 65536 rises',
    ]);
    expect(diff(textsOf(units), units, new Set([STUDENT]))).toEqual([]);
  });

  it('updates a file in which only a comment or an empty line is other than it was written', () => {
    const units = unitsOf({});
    const edited = new Map(textsOf(units)).set(STUDENT, `${textsOf(units).get(STUDENT)}\n# mine\n`);
    expect(diff(edited, units)).toMatchObject([{ kind: 'update', path: STUDENT, differences: [] }]);
  });

  it('removes what policy does not have any more, with what that does to its limits', () => {
    const [unit, dropIn, ...others] = changes(
      {
        'members/gone.yaml': memberText(
          'gone',
          'student',
          'expires: never\nlimits: { per_member: { memory_max: 8G } }\n',
        ),
      },
      {},
    );
    expect(others).toEqual([]);
    expect(unit).toMatchObject({ kind: 'remove', path: 'ds01-student-gone.slice', differences: [] });
    expect(dropIn).toMatchObject({
      kind: 'remove',
      path: `ds01-student-gone.slice.d/${DROP_IN}`,
      differences: [{ key: 'MemoryMax', before: '8G', effect: 'removed' }],
    });
    expect(dropIn).not.toHaveProperty('place');
  });
});

it('the order in which files were found does not matter', () => {
  const units = unitsOf({});
  const found = [...textsOf(units)];
  const wanted = units.filter(({ path }) => path.startsWith('ds01-admin') || path === 'ds01.slice');
  const removals = diff(new Map(found), wanted);
  expect(removals.length).toBe(6);
  expect(diff(new Map([...found].reverse()), wanted)).toEqual(removals);
});

describe('a drop-in of a member’s own masks the one of the group', () => {
  const group = {
    'groups/researcher.yaml': groupText(
      'cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536',
      '  per_member: { memory_max: 64G, tasks_max: 8192 }\n',
    ),
  };
  const own = (limits: string) => ({
    ...group,
    'members/204214.yaml': memberText(
      '204214',
      'researcher',
      `expires: never\nlimits: { per_member: { ${limits} } }\n`,
    ),
  });

  it('so a new one is compared with the group’s: nothing is imposed, what was limited falls or rises', () => {
    const all = changes(
      { ...group, 'members/204214.yaml': memberText('204214', 'researcher') },
      own('memory_max: 32G'),
    );
    expect(all).toMatchObject([{ kind: 'create', path: OWN, place: { file: 'members/204214.yaml' } }]);
    expect(all[0]?.differences.map(words)).toEqual(['MemoryMax 64G -> 32G falls']);
  });

  it('and one that goes, with the group’s as it will be', () => {
    const all = changes(own('memory_max: 32G, io_weight: 50'), {
      'groups/researcher.yaml': groupText(
        'cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536',
        '  per_member: { memory_max: 96G, tasks_max: 8192 }\n',
      ),
      'members/204214.yaml': memberText('204214', 'researcher'),
    });
    expect(all.map(({ kind, path }) => `${kind} ${path}`)).toEqual([`update ${GROUPS_OWN}`, `remove ${OWN}`]);
    expect(all[1]?.differences.map(words)).toEqual(['MemoryMax 32G -> 96G rises', 'IOWeight 50 -> rises']);
  });

  it('and its text is not what a missing file of the group’s is compared with', () => {
    const units = unitsOf(own('memory_max: 32G'));
    const found = new Map(textsOf(units));
    found.delete(GROUPS_OWN);
    expect(diff(found, units).flatMap(({ differences }) => differences.map(words))).toEqual([
      'MemoryMax -> 64G imposed',
      'TasksMax -> 8192 imposed',
    ]);
  });
});

it('what a container of a member gets is compared with what it gets by the unit of the group', () => {
  const member = (limits: string) => ({
    'groups/researcher.yaml': groupText(
      'cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536',
      '  per_container: { cpus: 64, memory: 128G }\n',
    ),
    'members/204214.yaml': memberText('204214', 'researcher', `expires: never\n${limits}`),
  });
  const more = member('limits: { per_container: { memory: 256G } }\n');
  const told = (before: ReturnType<typeof member>, after: ReturnType<typeof member>) => {
    return changes(before, after).flatMap(({ differences, kind }) => differences.map((one) => `${kind} ${words(one)}`));
  };
  expect(told(member(''), more)).toEqual(['update container memory 128G -> 256G rises']);
  expect(told(more, member(''))).toEqual(['update container memory 256G -> 128G falls']);
  const limited = member('limits: { per_member: { tasks_max: 8192 } }\n');
  expect(told(member(''), limited)).toEqual(['create TasksMax -> 8192 imposed']);
});

describe('the order of changes', () => {
  it('raises before it lowers, and takes away last', () => {
    const before = {
      ...students('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'),
      'groups/old.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'),
      'members/gone.yaml': memberText('gone', 'student'),
    };
    const after = {
      ...students('cpu_quota: 1600%, memory_max: 32G, tasks_max: 8192', '  per_member: { tasks_max: 4096 }\n'),
      'groups/researcher.yaml': groupText('cpu_quota: 12800%, memory_max: 256G, tasks_max: 131072'),
      'groups/admin.yaml': groupText(
        'cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited, io_weight: 500',
      ),
    };
    expect(changes(before, after).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      // Nothing gets less.
      'update ds01-admin.slice',
      'update ds01-researcher.slice',
      // Something does, or is limited for the first time while it runs.
      'update ds01-student.slice',
      `update ds01-student-.slice.d/${DROP_IN}`,
      'remove ds01-old.slice',
      `remove ds01-old-.slice.d/${DROP_IN}`,
      'remove ds01-student-gone.slice',
    ]);
  });

  it('puts a change that raises one limit and lowers another with those that lower', () => {
    const kinds = changes(students('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'), {
      ...students('cpu_quota: 3200%, memory_max: 16G, tasks_max: 65536'),
      'members/new.yaml': memberText('new', 'researcher'),
    });
    expect(kinds.map(({ path }) => path)).toEqual(['ds01-researcher-new.slice', STUDENT]);
  });

  it('is that for any two policies: phases in order, and parents before members in each', () => {
    fc.assert(
      fc.property(policyModels, policyModels, (from, to) => {
        const [before, after] = [from, to].map((model) => render(resolveFiles(policyFilesOf(model), TODAY)));
        const order = diff(textsOf(before ?? []), after ?? []).map(
          (change) => [phase(change), depth(change.path), change.path] as const,
        );
        for (const [index, [phaseHere, depthHere, path]] of order.slice(1).entries()) {
          const [phaseBefore, depthBefore, pathBefore] = order[index] ?? [0, 0, ''];
          expect(phaseHere).toBeGreaterThanOrEqual(phaseBefore);
          if (phaseHere !== phaseBefore) continue;
          expect(depthHere).toBeGreaterThanOrEqual(depthBefore);
          if (depthHere === depthBefore) expect(path > pathBefore).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function phase({ kind, differences }: Change): number {
  if (kind === 'remove') return 2;
  const effects = differences.map(({ effect }) => effect);
  return effects.includes('falls') || (kind === 'update' && effects.includes('imposed')) ? 1 : 0;
}

// The slice that a path is about: lab.slice is the parent of lab-a.slice, and that of lab-a-b.slice.
function depth(path: string): number {
  const [name = ''] = path.split('.slice');
  return [...name].filter((character) => character === '-').length;
}
