import { describe, expect, it } from 'vitest';
import { render } from '../../scripts/units/render.ts';
import { findShadows, type OtherFile, type Shadows } from '../../scripts/units/shadows.ts';
import { other, property, SINCE } from '../support/other-files.ts';
import { groupText, resolvePolicy } from '../support/resolve-policy.ts';

const STUDENT = 'ds01-student.slice';
const M001 = 'ds01-student-m001.slice';
const ETC_CONTROL = '/etc/systemd/system.control';
const RUN_CONTROL = '/run/systemd/system.control';
const LIMITS = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';

function shadows(others: readonly OtherFile[], more = ''): Shadows {
  const resolved = resolvePolicy({ 'groups/student.yaml': groupText(LIMITS, more) });
  return findShadows(others, render(resolved), resolved);
}

describe('what systemctl set-property left', () => {
  const file = property(`${ETC_CONTROL}/${STUDENT}.d/50-TasksMax.conf`, 'TasksMax=512');

  it('is cleared: who, what, since when, and what policy says instead', () => {
    expect(shadows([file])).toEqual({
      clears: [
        {
          kind: 'clear',
          path: file.path,
          before: file.text,
          differences: [
            {
              key: 'TasksMax',
              before: '512',
              after: '65536',
              effect: 'rises',
              place: { file: 'groups/student.yaml', line: 3 },
            },
          ],
        },
      ],
      drift: [
        {
          slice: STUDENT,
          key: 'TasksMax',
          origin: 'set-property',
          wanted: '65536',
          found: '512',
          file: file.path,
          since: '2025-12-05T09:41:30.000Z',
          place: { file: 'groups/student.yaml', line: 3 },
          action: 'clear',
          message: `TasksMax of ${STUDENT} is 512, policy says 65536: ${file.path} wins, written by systemctl set-property ${SINCE}`,
          wayOut: 'apply takes it away and keeps a copy',
        },
      ],
    });
  });

  it('is cleared below /run as well, and of members whom nobody lists', () => {
    const files = [
      property(`${RUN_CONTROL}/${STUDENT}.d/50-MemoryMax.conf`, 'MemoryMax=1073741824'),
      property(`${RUN_CONTROL}/${M001}.d/50-CPUWeight.conf`, 'CPUWeight=10'),
    ];
    const { clears, drift: found } = shadows(files);
    expect(clears.map(({ kind, path }) => `${kind} ${path}`)).toEqual(files.map(({ path }) => `clear ${path}`));
    expect(found.map(({ message }) => message.replace(/: .*/, ''))).toEqual([
      `MemoryMax of ${STUDENT} is 1G, policy says 32G`,
      `CPUWeight of ${M001} is 10, policy sets no limit`,
    ]);
    expect(clears[1]?.differences).toEqual([{ key: 'CPUWeight', before: '10', effect: 'rises' }]);
  });

  it('is cleared also where it says the same as policy: it would stay when policy changes', () => {
    const equal = property(`${ETC_CONTROL}/${STUDENT}.d/50-TasksMax.conf`, 'TasksMax=65536');
    const { clears, drift: found } = shadows([equal]);
    expect(clears).toMatchObject([{ kind: 'clear', path: equal.path, differences: [] }]);
    expect(found).toMatchObject([{ action: 'clear', wanted: '65536', found: '65536' }]);
    expect(found[0]?.message).toContain('is 65536, as policy says, and would stay so when policy changes: ');
  });

  it('is told without a time where nobody knows when it was written', () => {
    const [found] = shadows([{ path: file.path, text: file.text }]).drift;
    expect(found).not.toHaveProperty('since');
    expect(found?.message).toMatch(/written by systemctl set-property$/);
  });

  it('says nothing of a line that systemd ignores', () => {
    const broken = property(file.path, 'MemoryMax=32g\nTasksMax=512');
    const { clears, drift: found } = shadows([broken]);
    expect(found.map(({ key }) => key)).toEqual(['TasksMax']);
    expect(clears.flatMap(({ differences }) => differences.map(({ key }) => key))).toEqual(['TasksMax']);
  });

  it('is refused if something else is in the file, too: systemctl has not written that', () => {
    const edited = property(file.path, 'TasksMax=512\nCPUAccounting=no');
    expect(shadows([edited])).toMatchObject({
      clears: [],
      drift: [{ origin: 'set-property', action: 'refuse', found: '512', file: file.path }],
    });
    const unit = other(`${ETC_CONTROL}/${STUDENT}`, 'TasksMax=512');
    const { clears, drift: found } = shadows([unit]);
    expect(clears).toEqual([]);
    expect(new Set(found.map(({ action }) => action))).toEqual(new Set(['refuse']));
  });

  it('is only shown where policy says drift: report', () => {
    expect(shadows([file], 'drift: report\n')).toMatchObject({
      clears: [],
      drift: [{ origin: 'set-property', action: 'report', found: '512' }],
    });
  });
});
