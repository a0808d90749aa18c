import { describe, expect, it } from 'vitest';
import { cpuThrottling } from '../../scripts/diagnosis/checks/cpu-throttling.ts';
import { memoryLimit } from '../../scripts/diagnosis/checks/memory-limit.ts';
import { tasksLimit } from '../../scripts/diagnosis/checks/tasks-limit.ts';
import { makeAnew } from '../../scripts/diagnosis/make-anew.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { aCase, aMeter, type CaseParts, CONTAINER_ID, GROUP, RESEARCHERS, SITE } from '../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../support/resolve-policy.ts';

const G = 2 ** 30;
// A researcher whose container was made while the account was one of the students.
const LEFT = `${GROUP}/ds01-student-204214.slice`;
const WORK = `${LEFT}/docker-${CONTAINER_ID}.scope`;
const OWN = `${RESEARCHERS}/ds01-researcher-204214.slice`;
const MANY = { current: 65_536, max: 65_536, peak: 65_536 };
const HELD = { cpu: { cores: 16, quota: 16, throttling: { periods: 50, throttled: 50, seconds: 9 } } };
const FOCUS = { focus: { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '204214') } } as const;
const ANEW =
  'make the work of 204214@hertie-school.lan anew, with docker run --cgroup-parent=ds01-researcher-204214.slice: it is in ' +
  'group researcher now (CPUQuota 12800%), and a container keeps its slice for life';

function anew(meter: Meter, more: CaseParts = {}) {
  return makeAnew(
    meter,
    'CPUQuota',
    aCase({ meters: [aMeter(SITE), aMeter(GROUP), aMeter(LEFT), aMeter(WORK)], ...more }),
  );
}

describe('work that has stayed in a group which its account has left', () => {
  it('is to be made anew where that gives it more', () => {
    expect(anew(aMeter(GROUP, HELD), FOCUS)).toBe(ANEW);
    expect(anew(aMeter(LEFT, HELD), FOCUS)).toBe(ANEW);
    expect(anew(aMeter(GROUP, { cpu: { cores: 1, quota: 127 } }), FOCUS)).toBe(ANEW);
    expect(anew(aMeter(GROUP, { cpu: { cores: 1, quota: 128 } }), FOCUS)).toBeUndefined();
    expect(anew(aMeter(GROUP), FOCUS)).toBeUndefined();
    const resolved = resolvePolicy({
      'groups/researcher.yaml': groupText('cpu_quota: unlimited, memory_max: 128G, tasks_max: 65536'),
    });
    const focus = { kind: 'account', entitlement: entitlementOf(resolved, '204214') } as const;
    expect(anew(aMeter(GROUP, HELD), { focus, resolved })).toContain(' (no CPUQuota), ');
  });

  it('is known of a container, too, whose slice is nobody’s any more', () => {
    const focus = { kind: 'container', id: CONTAINER_ID } as const;
    expect(anew(aMeter(GROUP, HELD), { focus })).toBe(ANEW);
    expect(anew(aMeter(GROUP, HELD), { focus, meters: [aMeter(SITE)] })).toBeUndefined();
  });

  it('is not what is where it belongs, nor what limits itself', () => {
    expect(anew(aMeter(RESEARCHERS, HELD), FOCUS)).toBeUndefined();
    expect(anew(aMeter(OWN, HELD), FOCUS)).toBeUndefined();
    expect(anew(aMeter(WORK, HELD), FOCUS)).toBeUndefined();
    expect(anew(aMeter(SITE, HELD), FOCUS)).toBeUndefined();
    const student = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;
    expect(anew(aMeter(GROUP, HELD), { focus: student })).toBeUndefined();
  });

  it('is known of the slice itself where nobody asks about anybody', () => {
    expect(anew(aMeter(LEFT, HELD))).toBe(ANEW);
    expect(anew(aMeter(GROUP, HELD))).toBeUndefined();
  });
});

describe('the checks say so', () => {
  const group = aMeter(GROUP, {
    ...HELD,
    tasks: MANY,
    memory: {
      ...{ current: 32 * G, held: 32 * G, max: 32 * G },
      ...{ events: { high: 0, max: 1, kills: 0 }, eventsEver: { high: 0, max: 1, kills: 0 } },
    },
  });
  const meters = [group, aMeter(LEFT, { cpu: { cores: 15 } }), aMeter(WORK)];

  it('of CPU', () => {
    expect(cpuThrottling.examine(aCase({ meters, ...FOCUS })).causes[0]?.wayOut).toBe(ANEW);
    // Most of what the group uses is this work.
    expect(cpuThrottling.examine(aCase({ meters })).causes[0]?.wayOut).toBe(ANEW);
    const others = [group, aMeter(LEFT, { cpu: { cores: 8 } })];
    expect(cpuThrottling.examine(aCase({ meters: others })).causes[0]?.wayOut).toMatch(
      /^ds01-policy set-limit student/,
    );
  });

  it('of memory', () => {
    expect(memoryLimit.examine(aCase({ meters, ...FOCUS })).causes[0]?.wayOut).toBe(
      ANEW.replace('CPUQuota 12800%', 'MemoryMax 128G'),
    );
  });

  it('of tasks, where there may be more of them', () => {
    expect(tasksLimit.examine(aCase({ meters, ...FOCUS })).causes[0]?.wayOut).toMatch(/^ds01-policy set-limit student/);
    const few = [aMeter(GROUP, { tasks: { ...MANY, max: 65_535 } }), aMeter(LEFT)];
    expect(tasksLimit.examine(aCase({ meters: few, ...FOCUS })).causes[0]?.wayOut).toBe(
      ANEW.replace('CPUQuota 12800%', 'TasksMax 65536'),
    );
  });
});
