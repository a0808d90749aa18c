import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../scripts/units/diff.ts';
import { type FoundFile, isInNamespace, type Plan, plan } from '../../scripts/units/plan.ts';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { asFound, groupText, resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';

const RUNS = { numRuns: 60 };
const resolved = resolvePolicy();
const units = render(resolved);

function file(path: string, text: string): FoundFile {
  return { kind: 'file', path, text };
}

// What apply does to a host, on a map.
function carryOut(found: readonly FoundFile[], changes: readonly Change[]): readonly FoundFile[] {
  const host = new Map(found.map((entry) => [entry.path, entry]));
  for (const change of changes) {
    if (change.kind === 'remove') host.delete(change.path);
    else host.set(change.path, file(change.path, change.after));
  }
  return [...host.values()];
}

const pairs = fc.tuple(policyModels, policyModels).map(([from, to]) => {
  const [before, after] = [from, to].map((model) => resolveFiles(policyFilesOf(model), TODAY));
  if (!before || !after) throw new Error('two policies');
  return { found: asFound(render(before)), after };
});

describe('law 2: carried out, a plan leaves nothing to plan', () => {
  it('from an empty host', () => {
    const all = plan([], resolved);
    expect(all.changes.length).toBe(units.length);
    expect(plan(carryOut([], all.changes), resolved)).toMatchObject({ changes: [], moves: [], guards: [] });
  });

  it('from any policy to any other, with files of others around', () => {
    const foreign = [file('other.slice', '[Slice]\n'), file('lab-stray.slice', '[Slice]\n')];
    fc.assert(
      fc.property(pairs, ({ found, after }) => {
        const host = [...found, ...foreign];
        const left = carryOut(host, plan(host, after).changes);
        const again = plan(left, after);
        expect(again).toMatchObject({
          changes: [],
          moves: [],
          conflicts: [],
          guards: [],
          foreign: ['lab-stray.slice'],
        });
        // And what is there is what policy wants, and what others have.
        expect(left.map(({ path }) => path).sort()).toEqual(
          [...render(after), ...foreign].map(({ path }) => path).sort(),
        );
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

  it('does not depend on what is not changed: files of others, and the day if nobody’s grant ends', () => {
    const { digest } = plan([], resolved);
    expect(plan([file('other.slice', ''), file('ds01-x.slice', '')], resolved).digest).toBe(digest);
    expect(plan([], resolvePolicy({}, '2027-01-01'))).toMatchObject({ digest, today: '2027-01-01' });
  });
});

describe('law 5: only files with the mark, inside the namespace', () => {
  it('are ever part of a change; everything else is named and left alone', () => {
    const marked = units[0]?.text ?? '';
    const others: readonly FoundFile[] = [
      file('ds01-local.slice', '[Slice]\nMemoryMax=1G\n'),
      file('ds01-student.slice.d/90-local.conf', '[Slice]\n'),
      { kind: 'obstacle', path: 'ds01-link.slice', what: 'a symbolic link' },
      file('user.slice', '[Slice]\n'),
      file('ds010.slice', '[Slice]\n'),
    ];
    const result = plan([...asFound(units), ...others, file('ds01-old.slice', marked)], resolved);
    expect(result.changes).toMatchObject([{ kind: 'remove', path: 'ds01-old.slice' }]);
    expect(result.foreign).toEqual(['ds01-link.slice', 'ds01-local.slice', 'ds01-student.slice.d/90-local.conf']);
    expect(result.conflicts).toEqual([]);
  });

  it('is a conflict if something else is in the place of a unit, or of the folder of a drop-in', () => {
    const others: readonly FoundFile[] = [
      file('ds01-student.slice', '[Slice]\nTasksMax=512\n'),
      { kind: 'obstacle', path: 'ds01.slice', what: 'a symbolic link' },
      { kind: 'obstacle', path: 'ds01-student-.slice.d', what: 'a symbolic link' },
      { kind: 'obstacle', path: `ds01-admin-.slice.d/${DROP_IN}`, what: 'a folder' },
    ];
    const result = plan(others, resolved);
    expect(result.conflicts).toEqual([
      { path: 'ds01-student.slice', message: 'exists and was not written by ds01-policy' },
      { path: 'ds01.slice', message: 'is a symbolic link' },
      { path: 'ds01-student-.slice.d', message: 'is a symbolic link' },
      { path: `ds01-admin-.slice.d/${DROP_IN}`, message: 'is a folder' },
    ]);
    // What is in the way of a folder is in nobody's place, and all the same not ours.
    expect(result.foreign).toEqual(['ds01-student-.slice.d']);
  });

  it.each([
    ['ds01.slice', true],
    ['ds01.slice.d/x.conf', true],
    ['ds01-student.slice', true],
    ['ds01-student-.slice.d/50-ds01-policy.conf', true],
    ['ds01-student-.slice.d', true],
    ['ds010.slice', false],
    ['ds01x-student.slice', false],
    ['ds0.slice', false],
    ['xds01.slice', false],
    ['ds01-student.service', false],
    ['ds01-student.service.d/x.slice', false],
    ['ds01', false],
    ['', false],
  ])('the namespace of ds01 and %s: %s', (path, inside) => {
    expect(isInNamespace(path, 'ds01')).toBe(inside);
  });
});

it('a plan says whose it is and for which day', () => {
  expect(plan([], resolved)).toMatchObject({ site: 'ds01', today: '2026-06-15' });
});
