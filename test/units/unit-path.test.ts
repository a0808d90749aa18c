import { describe, expect, it } from 'vitest';
import { groupOfSlice, isInNamespace, LOAD_PATH, parseUnitPath, wholePath } from '../../scripts/units/unit-path.ts';

describe('the path of a unit file', () => {
  const ETC = '/etc/systemd/system';
  it.each([
    ['ds01.slice', { folder: ETC, unit: 'ds01.slice' }],
    ['ds01-a.slice.d/50-x.conf', { folder: ETC, unit: 'ds01-a.slice', dropIn: '50-x.conf' }],
    ['ds01-a-.slice.d/50-x.conf', { folder: ETC, unit: 'ds01-a-.slice', dropIn: '50-x.conf' }],
    ['slice.d/x.conf', { folder: ETC, unit: 'slice', dropIn: 'x.conf' }],
    [`${ETC}/ds01.slice`, { folder: ETC, unit: 'ds01.slice' }],
    // Its name begins like that of another folder.
    [`${ETC}.control/ds01.slice.d/x.conf`, { folder: `${ETC}.control`, unit: 'ds01.slice', dropIn: 'x.conf' }],
    ['/run/systemd/transient/ds01.slice', { folder: '/run/systemd/transient', unit: 'ds01.slice' }],
    ['/usr/lib/systemd/system/slice.d/x', { folder: '/usr/lib/systemd/system', unit: 'slice', dropIn: 'x' }],
  ])('%s', (path, parts) => {
    expect(parseUnitPath(path)).toEqual(parts);
  });

  it('is understood in each folder that systemd reads', () => {
    for (const folder of LOAD_PATH) {
      expect(parseUnitPath(`${folder}/a.slice.d/x.conf`)).toEqual({ folder, unit: 'a.slice', dropIn: 'x.conf' });
    }
  });

  it('is shown to people with its folder', () => {
    expect(wholePath('ds01.slice')).toBe('/etc/systemd/system/ds01.slice');
    expect(wholePath('/run/systemd/system/ds01.slice')).toBe('/run/systemd/system/ds01.slice');
  });
});

describe('the namespace of a site', () => {
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
    ['slice.d/x.conf', false],
    ['/run/systemd/system/ds01.slice', false],
    ['ds01', false],
    ['', false],
  ])('of ds01 and %s: %s', (path, inside) => {
    expect(isInNamespace(path, 'ds01')).toBe(inside);
  });
});

describe('the group of a slice', () => {
  it.each([
    ['ds01-student.slice', 'student'],
    ['ds01-student-a.slice', 'student'],
    ['ds01-student-a-b.slice', 'student'],
    ['ds01-lab_2-_.slice', 'lab_2'],
    ['ds01.slice', undefined],
    ['ds010-student.slice', undefined],
    ['ds02-student.slice', undefined],
    ['user-1000.slice', undefined],
    ['ds01-student.service', undefined],
  ])('%s: %s', (slice, group) => {
    expect(groupOfSlice(slice, 'ds01')).toBe(group);
  });
});
