import { expect, it } from 'vitest';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { doctorJson } from '../../scripts/report/doctor-json.ts';
import { aCase, CONTAINER_ID } from '../support/case-fixture.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

const entitlement = entitlementOf(resolvePolicy(), '100001');
// Why it is in that group.
const WHY = { state: 'unlisted', place: { file: 'site.yaml', line: 5 } };
const CAUSE = {
  ...{ check: 'cpu-throttling', weight: 70, subject: 'ds01-student.slice', message: 'held up', wayOut: 'wait' },
  evidence: [{ source: '/sys/fs/cgroup/ds01.slice/cpu.stat', figure: '1' }],
};
const limit = { key: 'CPUQuota', value: '1600%', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } };
const checks = [
  { id: 'a', title: 'A', status: 'ok', saw: 's', notes: ['n'], unknown: [{ why: 'w', wayOut: 'root' }] },
] as const;

it('is the whole answer for programs, in a form that stays', () => {
  const causes = [
    { ...CAUSE, title: 'CPU quota', limit },
    { ...CAUSE, title: 'CPU quota' },
  ];
  const found = aCase({ focus: { kind: 'account', entitlement }, window: 5.02 });
  const text = doctorJson({ host: 'ds01', found, diagnosis: { causes, checks } });
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    ...{ version: 1, host: 'ds01', at: '2026-06-15T10:00:00.000Z', window: 5.02, asRoot: true },
    focus: {
      kind: 'account',
      account: '100001@hertie-school.lan',
      group: 'student',
      slice: 'ds01-student-100001.slice',
      ...WHY,
    },
    causes: [
      { ...CAUSE, limit },
      { ...CAUSE, limit: null },
    ],
    checks,
  });
});

it('says whose it is: nobody in particular, a container, one of nobody', () => {
  const focusOf = (more: Parameters<typeof aCase>[0]) => {
    const text = doctorJson({ host: 'ds01', found: aCase(more), diagnosis: { causes: [], checks: [] } });
    return JSON.parse(text).focus;
  };
  const container = { kind: 'container', id: CONTAINER_ID } as const;
  expect(focusOf({})).toBeNull();
  expect(focusOf({ focus: container })).toEqual({ ...container, name: null });
  expect(focusOf({ focus: { ...container, name: 'train', entitlement } })).toEqual({
    ...{ ...container, name: 'train', account: '100001@hertie-school.lan' },
    ...{ group: 'student', slice: 'ds01-student-100001.slice', ...WHY },
  });
});
