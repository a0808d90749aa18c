import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoundFile, type Plan, plan } from '../../scripts/units/plan.ts';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { carryOut } from '../support/carry-out.ts';
import { asFound, groupText, resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';

const RUNS = { numRuns: 60 };
const resolved = resolvePolicy();
const units = render(resolved);

function file(path: string, text: string): FoundFile {
  return { kind: 'file', path, text };
}

// In the place of ours: another limit, and one that systemd ignores.
const HAND_MADE = '[Slice]\nTasksMax=512\nMemoryMax=32g\n';

const pairs = fc.tuple(policyModels, policyModels).map(([from, to]) => {
  const [before, after] = [from, to].map((model) => resolveFiles(policyFilesOf(model), TODAY));
  if (!before || !after) throw new Error('two policies');
  return { found: asFound(render(before)), after };
});

describe('law 2: carried out, a plan leaves nothing to plan', () => {
  it('from an empty host', () => {
    const all = plan([], resolved);
    expect(all.changes.length).toBe(units.length);
    expect(plan(carryOut([], all.changes), resolved)).toMatchObject({
      ...{ differs: false, changes: [], moves: [], guards: [] },
    });
  });

  it('from any policy to any other, with files of others around', () => {
    const foreign = [file('other.slice', '[Slice]\n'), file('lab-stray.slice', '[Slice]\n')];
    fc.assert(
      fc.property(pairs, ({ found, after }) => {
        const host = [...found, ...foreign];
        const left = carryOut(host, plan(host, after).changes);
        const again = plan(left, after);
        expect(again).toMatchObject({
          ...{ differs: false, changes: [], moves: [], conflicts: [], guards: [], drift: [], draining: [] },
          ...{ foreign: [], accountingOnly: ['lab-stray.slice'] },
        });
        // And what is there is what policy wants, and what others have.
        expect(left.map(({ path }) => path).sort()).toEqual(
          [...render(after), ...foreign].map(({ path }) => path).sort(),
        );
      }),
      RUNS,
    );
  });

  it('from a host where others wrote units in the place of ours, and systemctl set-property left its files', () => {
    fc.assert(
      fc.property(pairs, fc.infiniteStream(fc.nat(9)), ({ found, after }, dice) => {
        const wanted = render(after);
        const byHand = wanted.flatMap(({ path }) => (dice.next().value === 0 ? [file(path, HAND_MADE)] : []));
        const left = wanted.flatMap(({ path }) => {
          const folder = ['/etc/systemd/system.control', '/run/systemd/system.control'][dice.next().value];
          return folder && !path.includes('/')
            ? [file(`${folder}/${path}.d/50-IOWeight.conf`, '[Slice]\nIOWeight=77\n')]
            : [];
        });
        const host = [...new Map([...found, ...byHand, ...left].map((entry) => [entry.path, entry])).values()];
        const first = plan(host, after);
        const kinds = first.changes.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === 'adopt').length).toBe(byHand.length);
        expect(kinds.filter((kind) => kind === 'clear').length).toBe(left.length);
        const done = carryOut(host, first.changes);
        expect(plan(done, after)).toMatchObject({ differs: false, changes: [], drift: [], moves: [], conflicts: [] });
        expect(done.map(({ path }) => path).sort()).toEqual(wanted.map(({ path }) => path).sort());
      }),
      RUNS,
    );
  });

  it('from a host that stopped after any change of a plan', () => {
    fc.assert(
      fc.property(pairs, fc.nat(), ({ found, after }, number) => {
        const { changes } = plan(found, after);
        const stopped = carryOut(found, changes.slice(0, changes.length === 0 ? 0 : number % changes.length));
        const done = carryOut(stopped, plan(stopped, after).changes);
        expect(new Map(done.map((entry) => [entry.path, entry]))).toEqual(
          new Map(asFound(render(after)).map((entry) => [entry.path, entry])),
        );
      }),
      RUNS,
    );
  });
});

describe('the digest', () => {
  it('is SHA-256 in hex, also of a plan that does nothing', () => {
    expect(plan([], resolved).digest).toMatch(/^[0-9a-f]{64}$/);
    expect(plan(asFound(units), resolved).digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is equal for equal plans, whatever the order in which files were found or read', () => {
    const shuffled = fc.shuffledSubarray([...asFound(units)], { minLength: units.length });
    const other = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 100%, memory_max: 1G, tasks_max: 4096'),
    });
    const { digest } = plan(asFound(units), other);
    fc.assert(
      fc.property(shuffled, (found) => {
        expect(plan(found, other).digest).toBe(digest);
      }),
      RUNS,
    );
  });

  it('is another one for every byte that is found or wanted, and for every path', () => {
    const other = { 'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65537') };
    const found = asFound(units);
    const edited = (text: string) =>
      found.map((entry) => (entry.path === 'ds01-student.slice' ? file(entry.path, text) : entry));
    const text = units.find(({ path }) => path === 'ds01-student.slice')?.text ?? '';
    const plans: readonly Plan[] = [
      plan([], resolved),
      plan(found, resolved),
      plan(found, resolvePolicy(other)),
      plan(edited(`${text} `), resolved),
      plan(edited(`${text}\n`), resolved),
      plan(edited(text.replace('65536', '65535')), resolved),
      plan(found.slice(1), resolved),
      plan(found.slice(0, -1), resolved),
      plan([...found, file('ds01-more.slice', text)], resolved),
      plan([...found, file('ds01-more.slice.d/x', text)], resolved),
    ];
    expect(new Set(plans.map(({ digest }) => digest)).size).toBe(plans.length);
  });

  it('is another one for every unit that is adopted, and every file that is cleared', () => {
    const found = asFound(units);
    const text = units.find(({ path }) => path === 'ds01-student.slice')?.text ?? '';
    const byHand = (said: string) => [
      ...found.filter(({ path }) => path !== 'ds01-student.slice'),
      file('ds01-student.slice', said),
    ];
    const control = (folder: string, said: string) => {
      return [...found, file(`/${folder}/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf`, said)];
    };
    const plans: readonly Plan[] = [
      plan(found, resolved),
      plan(byHand('[Slice]\n'), resolved),
      plan(byHand('[Slice]\nTasksMax=1\n'), resolved),
      // Without the mark it is not ours, and the same text with it is.
      plan(byHand(text.replace('# Managed', '# managed')), resolved),
      plan(byHand(text.replace('# Managed by ds01-policy', '# Managed by ds01-policy.')), resolved),
      plan(control('etc', '[Slice]\nTasksMax=1\n'), resolved),
      plan(control('etc', '[Slice]\nTasksMax=2\n'), resolved),
      plan(control('run', '[Slice]\nTasksMax=1\n'), resolved),
    ];
    expect(new Set(plans.map(({ digest }) => digest)).size).toBe(plans.length);
    expect(plans.slice(1).map(({ changes }) => changes.map(({ kind }) => kind).join())).toEqual([
      ...['adopt', 'adopt', 'adopt', 'update', 'clear', 'clear', 'clear'],
    ]);
  });

  it('does not depend on what is not changed: files of others, and the day if nobody’s grant ends', () => {
    const { digest } = plan([], resolved);
    expect(plan([file('other.slice', ''), file('ds01-x.slice', '')], resolved).digest).toBe(digest);
    expect(plan([], resolvePolicy({}, '2027-01-01'))).toMatchObject({ digest, today: '2027-01-01' });
  });
});

describe('law 5: only files with the mark, inside the namespace', () => {
  const found = asFound(units);

  it('are ever part of a change without being asked; everything else is named and left alone', () => {
    const marked = units[0]?.text ?? '';
    const others: readonly FoundFile[] = [
      file('ds01-local.slice', '[Slice]\nMemoryMax=1G\n'),
      file('ds01-student-m001.slice', '[Slice]\nCPUAccounting=yes\n'),
      file('ds01-student.slice.d/90-local.conf', '[Slice]\n'),
      { kind: 'obstacle', path: 'ds01-link.slice', what: 'a symbolic link' },
      file('user.slice', '[Slice]\n'),
      file('ds010.slice', '[Slice]\n'),
      file('/run/systemd/system/ds01-local.slice', '[Slice]\n'),
    ];
    const result = plan([...found, ...others, file('ds01-old.slice', marked)], resolved);
    expect(result.changes).toMatchObject([{ kind: 'remove', path: 'ds01-old.slice' }]);
    expect(result.foreign).toEqual(['ds01-link.slice', 'ds01-local.slice', 'ds01-student.slice.d/90-local.conf']);
    // What container tools make for each account.
    expect(result.accountingOnly).toEqual(['ds01-student-m001.slice']);
    expect(result).toMatchObject({ conflicts: [], drift: [] });
  });

  it('are those in the folder of administrators: a copy elsewhere is somebody else’s', () => {
    const copies = units.map(({ path, text }) => file(`/usr/lib/systemd/system/${path}`, text));
    expect(plan([...found, ...copies], resolved)).toMatchObject({ differs: false, guards: [], foreign: [] });
    expect(plan(copies, resolved).changes.length).toBe(units.length);
  });

  it('and a unit of somebody else in the place of ours is adopted, which has to be asked for', () => {
    const host = [...found.filter(({ path }) => path !== 'ds01-student.slice'), file('ds01-student.slice', HAND_MADE)];
    const result = plan(host, resolved);
    expect(result).toMatchObject({
      differs: true,
      changes: [{ kind: 'adopt', path: 'ds01-student.slice', before: HAND_MADE }],
      conflicts: [],
      foreign: [],
      accountingOnly: [],
    });
    expect(result.changes[0]?.differences.slice(0, 3)).toMatchObject([
      { key: 'CPUQuota', effect: 'imposed' },
      { key: 'MemoryMax', before: '32g', after: '32G', effect: 'imposed', ignored: true },
      { key: 'TasksMax', before: '512', after: '65536', effect: 'rises' },
    ]);
  });

  it('what is refused is not called left alone as well', () => {
    const host = [...found, file('ds01-student.slice.d/90-local.conf', '[Slice]\nTasksMax=512\n')];
    expect(plan(host, resolved)).toMatchObject({
      differs: true,
      changes: [],
      drift: [{ key: 'TasksMax', action: 'refuse' }],
      foreign: [],
    });
  });

  it('what policy says to leave as it is makes no difference', () => {
    const policy = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536', 'drift: report\n'),
    });
    const host = [...asFound(render(policy)), file('ds01-student.slice.d/90-local.conf', '[Slice]\nTasksMax=512\n')];
    expect(plan(host, policy)).toMatchObject({ differs: false, changes: [], drift: [{ action: 'report' }] });
  });

  it('is a conflict if something that is no file is in the place of a unit, or of the folder of a drop-in', () => {
    const others: readonly FoundFile[] = [
      { kind: 'obstacle', path: 'ds01.slice', what: 'a symbolic link' },
      { kind: 'obstacle', path: 'ds01-student-.slice.d', what: 'a symbolic link' },
      { kind: 'obstacle', path: `ds01-admin-.slice.d/${DROP_IN}`, what: 'a folder' },
    ];
    const result = plan(others, resolved);
    expect(result.conflicts).toEqual([
      { path: 'ds01.slice', message: 'is a symbolic link' },
      { path: 'ds01-student-.slice.d', message: 'is a symbolic link' },
      { path: `ds01-admin-.slice.d/${DROP_IN}`, message: 'is a folder' },
    ]);
    // What is in the way of a folder is in nobody's place, and all the same not ours.
    expect(result.foreign).toEqual(['ds01-student-.slice.d']);
    const [link] = others;
    const rest = found.filter(({ path }) => path !== 'ds01.slice');
    expect(plan(link ? [...rest, link] : rest, resolved).differs).toBe(true);
  });
});

it('a plan says whose it is and for which day', () => {
  expect(plan([], resolved)).toMatchObject({ site: 'ds01', today: '2026-06-15' });
});
