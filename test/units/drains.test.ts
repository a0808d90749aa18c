import { describe, expect, it } from 'vitest';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import type { LiveSurvey } from '../../scripts/units/live.ts';
import { type FoundFile, type Plan, plan } from '../../scripts/units/plan.ts';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { carryOut, textsIn } from '../support/carry-out.ts';
import { obedientHost, type Running } from '../support/live-survey.ts';
import { asFound, groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string | undefined>>;
type Slices = Readonly<Record<string, Running>>;

const LIMITS = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
const OWN = 'expires: never\nlimits: { per_member: { memory_max: 8G }, per_container: { gpus: 2 } }\n';
const OLD = 'ds01-researcher-m001.slice';
const RESEARCHER: Texts = { 'members/m001.yaml': memberText('m001', 'researcher', OWN) };
const STUDENT: Texts = { 'members/m001.yaml': memberText('m001', 'student') };
const WORK = { work: ['user@1000.service'] };

function live(found: readonly FoundFile[], running: Slices): LiveSurvey {
  return obedientHost(textsIn(found), running);
}

function hostOf(before: Texts): readonly FoundFile[] {
  return asFound(render(resolvePolicy(before)));
}

// The plan of the way from one policy to another, while these slices run.
function planned(before: Texts, after: Texts, running: Slices): Plan {
  return plan(hostOf(before), resolvePolicy(after), live(hostOf(before), running));
}

function kinds({ changes }: Plan): readonly string[] {
  return changes.map(({ kind, path }) => `${kind} ${path}`);
}

function textAfter({ changes }: Plan, path: string): string {
  const change = changes.find((candidate) => candidate.path === path);
  return change && 'after' in change ? change.after : '';
}

describe('the slice of an account that moved', () => {
  it('is kept with its limits while something runs in it, and is nobody’s any more', () => {
    const result = planned(RESEARCHER, STUDENT, { [OLD]: WORK });
    expect(result.draining).toEqual([{ slice: OLD, to: 'ds01-student-m001.slice', work: ['user@1000.service'] }]);
    expect(kinds(result)).toEqual([`update ${OLD}`, `update ${OLD}.d/${DROP_IN}`, 'create ds01-student-m001.slice']);
    const text = textAfter(result, OLD);
    expect(text).toMatch(/^# Managed by ds01-policy: policy gives this slice to nobody any more[.]/);
    expect(text).toContain('Container=gpus 2\n');
    expect(text).toContain('Description=ds01 researcher: m001@hertie-school.lan\n');
    expect(text).not.toMatch(/^(Group|Account|Member)=/m);
    expect(textAfter(result, `${OLD}.d/${DROP_IN}`)).toContain('\nMemoryMax=8G\n');
    // The line of policy that gave the account another slice.
    expect(result.changes[0]).toMatchObject({ place: { file: 'members/m001.yaml', line: 2 }, differences: [] });
  });

  it('is no change of who is in which group, now or later', () => {
    const first = planned(RESEARCHER, STUDENT, { [OLD]: WORK });
    expect(first.moves).toMatchObject([{ account: 'm001@hertie-school.lan', from: 'researcher', to: 'student' }]);
    const left = carryOut(hostOf(RESEARCHER), first.changes);
    const again = plan(left, resolvePolicy(STUDENT), live(left, { [OLD]: WORK }));
    expect(again).toMatchObject({ changes: [], moves: [], guards: [], drift: [], differs: false });
    expect(again.draining).toEqual(first.draining);
  });

  it('is removed once nothing runs in it, and where nothing ever runs: in a directory', () => {
    const left = carryOut(hostOf(RESEARCHER), planned(RESEARCHER, STUDENT, { [OLD]: WORK }).changes);
    const removed = [`remove ${OLD}`, `remove ${OLD}.d/${DROP_IN}`];
    for (const running of [{}, { [OLD]: { populated: false } }]) {
      const result = plan(left, resolvePolicy(STUDENT), live(left, running));
      expect([kinds(result), result.draining]).toEqual([removed, []]);
    }
    expect(kinds(plan(left, resolvePolicy(STUDENT)))).toEqual(removed);
  });

  it('is its own again if policy gives it back', () => {
    const left = carryOut(hostOf(RESEARCHER), planned(RESEARCHER, STUDENT, { [OLD]: WORK }).changes);
    const back = plan(left, resolvePolicy(RESEARCHER), live(left, { [OLD]: WORK }));
    expect(back.draining).toEqual([]);
    const host = carryOut(left, back.changes);
    expect(new Set(host)).toEqual(new Set(hostOf(RESEARCHER)));
  });

  it('is kept also if somebody wrote something there that does not stay in its line', () => {
    const host = hostOf(RESEARCHER).map((file) => {
      return file.path === OLD && file.kind === 'file'
        ? { ...file, text: file.text.replace('ds01 res', 'a\\b res') }
        : file;
    });
    const result = plan(host, resolvePolicy(STUDENT), live(host, { [OLD]: WORK }));
    expect(textAfter(result, OLD)).toContain('Container=gpus 2\n');
    expect(textAfter(result, OLD)).not.toContain('Description');
  });
});

describe('the slice of an account', () => {
  it('that nobody lists any more is kept, and has no other one to go to', () => {
    const result = planned(RESEARCHER, {}, { [OLD]: WORK });
    expect(result.draining).toEqual([{ slice: OLD, work: WORK.work }]);
    expect(kinds(result)).toEqual([`update ${OLD}`, `update ${OLD}.d/${DROP_IN}`]);
    expect(result.changes[0]).toMatchObject({ place: { file: 'site.yaml' } });
  });

  it('that was not listed is named while it runs: it has no file of ours', () => {
    const result = planned({}, RESEARCHER, { 'ds01-student-m001.slice': WORK });
    expect(result.draining).toEqual([{ slice: 'ds01-student-m001.slice', to: OLD, work: WORK.work }]);
    expect(kinds(result)).toEqual([`create ${OLD}`, `create ${OLD}.d/${DROP_IN}`]);
  });

  it('in the default group stays its own when nobody lists it any more', () => {
    const result = planned(STUDENT, {}, { 'ds01-student-m001.slice': WORK });
    expect(result.draining).toEqual([]);
    expect(kinds(result)).toEqual(['remove ds01-student-m001.slice']);
  });

  it('in the default group is given up when the account moves', () => {
    const result = planned(STUDENT, RESEARCHER, { 'ds01-student-m001.slice': WORK });
    expect(result.draining).toMatchObject([{ slice: 'ds01-student-m001.slice', to: OLD }]);
    expect(kinds(result)).toContain('update ds01-student-m001.slice');
  });

  it('stays what it is while only its own limits go', () => {
    const result = planned(RESEARCHER, { 'members/m001.yaml': memberText('m001', 'researcher') }, { [OLD]: WORK });
    expect(result.draining).toEqual([]);
    expect(kinds(result)).toEqual([`update ${OLD}`, `remove ${OLD}.d/${DROP_IN}`]);
  });

  it('is nothing to speak of where it is the one that policy gives, nor are slices of others', () => {
    const running = { [OLD]: WORK, 'ds01.slice': WORK, 'ds01-researcher.slice': WORK, 'user-m001.slice': WORK };
    expect(planned(RESEARCHER, RESEARCHER, running)).toMatchObject({ draining: [], changes: [] });
    expect(planned({}, STUDENT, { 'ds01-researcher-x-m001.slice': WORK })).toMatchObject({ draining: [] });
  });
});

describe('a group that is gone', () => {
  const before: Texts = {
    'groups/lab.yaml': groupText(LIMITS, '  per_member: { tasks_max: 8192 }\n'),
    'members/m001.yaml': memberText('m001', 'lab'),
    'members/m002.yaml': memberText('m002', 'lab'),
  };
  const texts: Texts = { ...STUDENT, 'members/m002.yaml': memberText('m002', 'student') };
  const running = { 'ds01.slice': {}, 'ds01-lab.slice': {}, 'ds01-lab-m001.slice': WORK };

  it('keeps its slice and the limits of its members while a slice below is in use', () => {
    const result = planned(before, texts, running);
    expect(result.draining).toEqual([{ slice: 'ds01-lab-m001.slice', to: 'ds01-student-m001.slice', work: WORK.work }]);
    expect(kinds(result).filter((change) => change.includes('lab'))).toEqual([
      'update ds01-lab.slice',
      `update ds01-lab-.slice.d/${DROP_IN}`,
      'update ds01-lab-m001.slice',
      'remove ds01-lab-m002.slice',
    ]);
    expect(textAfter(result, 'ds01-lab.slice')).toMatch(/\nMemoryMax=32G\n/);
    expect(textAfter(result, 'ds01-lab.slice')).not.toContain('Group=');
    expect(textAfter(result, `ds01-lab-.slice.d/${DROP_IN}`)).toMatch(/\nTasksMax=8192\n/);
    expect(result.changes.find(({ path }) => path === 'ds01-lab.slice')).toMatchObject({
      place: { file: 'site.yaml' },
    });
  });

  it('plans nothing more while that goes on, and is gone afterwards', () => {
    const left = carryOut(hostOf(before), planned(before, texts, running).changes);
    const policy: Resolved = resolvePolicy(texts);
    expect(plan(left, policy, live(left, running))).toMatchObject({
      changes: [],
      differs: false,
      guards: [],
      moves: [],
    });
    const last = plan(left, policy, live(left, {}));
    expect(new Set(carryOut(left, last.changes))).toEqual(new Set(hostOf(texts)));
  });
});

it('slices that are given up are named in order, whatever the order in which they were found', () => {
  const before = Object.fromEntries(
    ['m001', 'm002', 'm003'].map((id) => [`members/${id}.yaml`, memberText(id, 'researcher')]),
  );
  const slices = ['m002', 'm003', 'm001'].map((id) => `ds01-researcher-${id}.slice`);
  const result = planned(before, {}, Object.fromEntries(slices.map((slice) => [slice, WORK])));
  expect(result.draining.map(({ slice }) => slice)).toEqual([...slices].sort());
});

describe('what still runs', () => {
  const id = '0123456789abcdef'.repeat(4);
  const scopes = { [OLD]: { work: [`docker-${id}.scope`, 'docker-0123.scope', 'session-4.scope'] } };
  const host = hostOf(RESEARCHER);

  function work(containers?: ReadonlyMap<string, string>): readonly string[] | undefined {
    const survey = { ...live(host, scopes), ...(containers && { containers }) };
    return plan(host, resolvePolicy(STUDENT), survey).draining[0]?.work;
  }

  it('is told by the names of containers where Docker knows them', () => {
    expect(work(new Map([[id, 'training-7']]))).toEqual([
      'container training-7',
      'docker-0123.scope',
      'session-4.scope',
    ]);
  });

  it('is told by the beginning of their ids where it does not answer', () => {
    for (const containers of [undefined, new Map<string, string>()]) {
      expect(work(containers)?.[0]).toBe('container 0123456789ab');
    }
  });
});
