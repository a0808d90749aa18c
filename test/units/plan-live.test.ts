import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveSurvey } from '../../scripts/units/live.ts';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { carryOut, textsIn } from '../support/carry-out.ts';
import { obedientHost, type Running } from '../support/live-survey.ts';
import { asFound, groupText, resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';

type Slices = Readonly<Record<string, Running>>;

const STUDENT = 'ds01-student.slice';
const G = 2 ** 30;
const resolved = resolvePolicy();
const found = asFound(render(resolved));

function file(path: string, ...lines: readonly string[]): FoundFile {
  return { kind: 'file', path, text: `[Slice]\n${lines.join('\n')}\n` };
}

function obedient(files: readonly FoundFile[], running: Slices = {}, version: 'v1' | 'v2' = 'v2'): LiveSurvey {
  return obedientHost(textsIn(files), running, version);
}

// What systemd and the kernel made of files that were there before.
function stale(files: readonly FoundFile[], before: readonly FoundFile[], running: Slices = {}): LiveSurvey {
  return { ...obedient(before, running), cgroup: obedient(files, running).cgroup };
}

describe('law 2 on a host that runs: carried out and loaded, a plan leaves nothing to plan', () => {
  it('from any policy to any other, whatever runs meanwhile', () => {
    const pairs = fc.tuple(policyModels, policyModels, fc.infiniteStream(fc.boolean()), fc.constantFrom('v1', 'v2'));
    fc.assert(
      fc.property(pairs, ([from, to, dice, version]) => {
        const [before, policy] = [from, to].map((model) => resolveFiles(policyFilesOf(model), TODAY));
        if (!before || !policy) throw new Error('two policies');
        const host = [
          ...asFound(render(before)),
          file('/run/systemd/system.control/lab-student.slice.d/50-x.conf', 'IOWeight=7'),
        ];
        const slices = host.flatMap(({ path }) => (/^[^/]+[.]slice$/.test(path) && dice.next().value ? [path] : []));
        const running = Object.fromEntries(slices.map((slice) => [slice, { work: ['a.service'] }]));
        const first = plan(host, policy, obedient(host, running, version));
        const done = carryOut(host, first.changes);
        const again = plan(done, policy, obedient(done, running, version));
        expect(again).toMatchObject({ differs: false, changes: [], drift: [], moves: [], guards: [], conflicts: [] });
        // Nothing that runs loses its slice, and what nobody has any more is named for as long as it is there.
        expect(again.draining).toEqual(first.draining);
        const left = new Set(done.map(({ path }) => path));
        for (const { slice } of first.draining) expect([slice, left.has(slice)]).toEqual([slice, true]);
        const last = carryOut(done, plan(done, policy, obedient(done)).changes);
        expect(last.map(({ path }) => path).sort()).toEqual(render(policy).map(({ path }) => path));
      }),
      { numRuns: 25 },
    );
  });
});

describe('a plan for a host that runs', () => {
  it('says how much of policy was found in force, which one for a directory cannot', () => {
    const live = obedient(found, { 'ds01.slice': {}, [STUDENT]: {} });
    expect(plan(found, resolved, live)).toMatchObject({
      differs: false,
      drift: [],
      verified: { unenforced: [], inKernel: { limits: 3, slices: 1 }, inSystemd: { limits: 6, slices: 2 } },
    });
    expect(plan(found, resolved)).not.toHaveProperty('verified');
  });

  it('differs if nobody has told systemd to read the files, with the line of policy', () => {
    const before = found.map((entry) => {
      return entry.kind === 'file' && entry.path === STUDENT
        ? { ...entry, text: entry.text.replace('TasksMax=65536', 'TasksMax=512') }
        : entry;
    });
    const result = plan(found, resolved, stale(found, before));
    expect(result).toMatchObject({ differs: true, changes: [] });
    expect(result.drift).toMatchObject([
      {
        slice: STUDENT,
        key: 'TasksMax',
        origin: 'not-loaded',
        action: 'reload',
        place: { file: 'groups/student.yaml' },
      },
    ]);
    expect(result.drift[0]?.place?.line).toBeGreaterThan(1);
  });

  it('has no opinion about slices that policy says nothing of', () => {
    const others = [file('ds01-old.slice', 'TasksMax=5'), file('user.slice', 'TasksMax=5')];
    const host = [...found, ...others];
    expect(plan(host, resolved, stale(host, found, { 'ds01-old.slice': {} }))).toMatchObject({
      differs: false,
      drift: [],
    });
  });

  it('does not ask of systemd that it makes something else of the files of others than it does', () => {
    const host = [...found, file('ds01-student-m001.slice.d/x.conf', 'TasksMax=10%')];
    const live = obedient(found, { 'ds01-student-m001.slice': {} });
    const { drift } = plan(host, resolved, {
      ...live,
      show: live.show.replace(/(m001(?:.|\n)*TasksMax=)infinity/, '$1999'),
    });
    expect(drift.map(({ origin, key }) => `${origin} ${key}`)).toEqual(['file TasksMax', 'kernel TasksMax']);
  });

  it('says how much is in use of what falls', () => {
    const policy = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 800%, memory_max: 32G, tasks_max: 4096'),
    });
    const live = obedient(found, { [STUDENT]: { files: { 'pids.current': '1700' } } });
    const [change] = plan(found, policy, live).changes;
    expect(change?.differences.find(({ key }) => key === 'TasksMax')).toMatchObject({ effect: 'falls', inUse: '1700' });
    // It is for reading: the plan is the same.
    expect(plan(found, policy, live).digest).toBe(plan(found, policy).digest);
  });
});

describe('a plan that would have the kernel kill what runs', () => {
  const holds = (gigabytes: number, now: string): Slices => {
    return { [STUDENT]: { files: { 'memory.current': String(gigabytes * G), 'memory.max': now } } };
  };
  const guardIds = (files: readonly FoundFile[], running: Slices, policy = resolved) => {
    return plan(files, policy, obedient(files, running)).guards.map(({ id }) => id);
  };
  const control = file(`/run/systemd/system.control/${STUDENT}.d/50-MemoryMax.conf`, 'MemoryMax=64G');

  it('is stopped: policy says less than what is held', () => {
    const policy = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 16G, tasks_max: 65536'),
    });
    expect(guardIds(found, holds(20, String(32 * G)), policy)).toEqual(['memory-below-use']);
    expect(guardIds(found, holds(15, String(32 * G)), policy)).toEqual([]);
  });

  it('is stopped also if it only takes away what set-property wrote', () => {
    expect(guardIds([...found, control], holds(40, String(64 * G)))).toEqual(['memory-below-use']);
  });

  it('is not stopped where a file that stays has the last word', () => {
    const policy = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536', 'drift: report\n'),
    });
    expect(guardIds([...found, control], holds(40, String(64 * G)), policy)).toEqual([]);
  });

  it('says when systemd must not even read the files as they are: a limit that was raised, and used, is lower there', () => {
    const raised = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 64G, tasks_max: 65536'),
    });
    const grown = (gigabytes: number) => plan(found, raised, obedient(found, holds(gigabytes, String(64 * G))));
    // Policy itself does no harm: it wants what is in force.
    expect(grown(40).guards).toEqual([]);
    expect(grown(40).reloadGuard).toMatchObject({ id: 'memory-below-use', objects: [STUDENT] });
    expect(grown(30)).not.toHaveProperty('reloadGuard');
    expect(plan(found, raised)).not.toHaveProperty('reloadGuard');
  });

  it('is not about slices that policy says nothing of', () => {
    const stranger = file('ds01-old.slice', 'MemoryMax=1G');
    const files = { 'memory.current': String(2 * G), 'memory.max': 'max' };
    expect(guardIds([...found, stranger], { 'ds01-old.slice': { files } })).toEqual([]);
  });
});
