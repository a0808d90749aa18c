import { expect, it } from 'vitest';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { topJson } from '../../scripts/report/top-json.ts';
import { ACCOUNT, aMeter, CONTAINER, CONTAINER_ID, GROUP, SCOPE } from '../support/case-fixture.ts';
import { aUsage, BUSY, NAMES } from '../support/usage-fixture.ts';

it('has every cgroup with all figures, in the order in which people see them', () => {
  const cpu = { cores: 15.9, quota: 16, throttling: { periods: 20, throttled: 19, seconds: 31 } };
  const meters = [
    aMeter(GROUP, { cpu, tasks: { current: 9, max: 9 } }),
    aMeter(ACCOUNT, { memory: { current: 2, held: 1 } }),
    aMeter(CONTAINER, { pressure: { io: { some: 0.5, full: 0.25 } } }),
  ];
  expect(JSON.parse(topJson(aUsage(meters, { notes: ['a note'] })))).toEqual({
    ...{ version: 1, host: 'node1', site: 'ds01', at: '2026-06-15T10:00:00.000Z', window: 2, focus: null },
    tree: [
      {
        ...{ path: GROUP, name: 'ds01-student.slice', level: 'group', label: 'student', idle: false },
        hurts: [
          { what: 'tasks', grade: 'fails' },
          { what: 'throttling', grade: 'held-up' },
        ],
        ...{ cpu, tasks: { current: 9, max: 9 } },
        children: [
          {
            ...{ path: ACCOUNT, name: 'ds01-student-100001.slice', level: 'account', label: '100001', idle: false },
            ...{ account: '100001@hertie-school.lan', hurts: [], memory: { current: 2, held: 1 } },
            children: [
              {
                ...{ path: CONTAINER, name: SCOPE, level: 'container', label: 'train', container: CONTAINER_ID },
                ...{ idle: false, hurts: [{ what: 'io-wait', grade: 'waits' }] },
                ...{ pressure: { io: { some: 0.5, full: 0.25 } }, children: [] },
              },
            ],
          },
        ],
      },
    ],
    unknown: ['a note'],
  });
});

it('has idle ones, too', () => {
  expect(topJson(aUsage(BUSY)).match(/"idle": true/g)).toHaveLength(2);
});

it('says whose it is', () => {
  const focusOf = (focus: Parameters<typeof topJson>[0]['focus']) =>
    JSON.parse(topJson(aUsage([], focus && { focus }))).focus;
  const group = NAMES.resolved.groups.get('student')!;
  expect(focusOf({ kind: 'group', group })).toEqual({ kind: 'group', group: 'student', slice: 'ds01-student.slice' });
  expect(focusOf({ kind: 'account', entitlement: entitlementOf(NAMES.resolved, '204214') })).toEqual({
    ...{ kind: 'account', account: '204214@hertie-school.lan', group: 'researcher' },
    slice: 'ds01-researcher-204214.slice',
  });
});

it('ends in a newline', () => {
  expect(topJson(aUsage([]))).toMatch(/\n\}\n$/);
});
