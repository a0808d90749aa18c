import { describe, expect, it } from 'vitest';
import { render } from '../../scripts/units/render.ts';
import { findShadows, isManaged, limitsSomething, type OtherFile, type Shadows } from '../../scripts/units/shadows.ts';
import { other, SINCE } from '../support/other-files.ts';
import { groupText, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string>>;

const STUDENT = 'ds01-student.slice';
const M001 = 'ds01-student-m001.slice';
const LIMITS = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
function shadows(others: readonly OtherFile[], texts: Texts = {}): Shadows {
  const resolved = resolvePolicy({ 'groups/student.yaml': groupText(LIMITS), ...texts });
  return findShadows(others, render(resolved), resolved);
}

function drift(others: readonly OtherFile[], texts: Texts = {}) {
  return shadows(others, texts).drift;
}

describe('a drop-in of somebody else', () => {
  const file = other(`${STUDENT}.d/90-local.conf`, 'TasksMax=512');

  it('is refused where it has the last word', () => {
    expect(shadows([file])).toEqual({
      clears: [],
      drift: [
        {
          slice: STUDENT,
          key: 'TasksMax',
          origin: 'file',
          wanted: '65536',
          found: '512',
          file: `/etc/systemd/system/${STUDENT}.d/90-local.conf`,
          since: '2025-12-05T09:41:30.000Z',
          place: { file: 'groups/student.yaml', line: 3 },
          action: 'refuse',
          message: `TasksMax of ${STUDENT} is 512, policy says 65536: /etc/systemd/system/${STUDENT}.d/90-local.conf wins ${SINCE}`,
          wayOut:
            'take it away, or say the same in policy; with drift: report in site.yaml or the group it is only shown',
        },
      ],
    });
  });

  it('is refused where it limits what policy does not', () => {
    expect(drift([other(`${M001}.d/x.conf`, 'MemoryHigh=50%')])).toMatchObject([
      { slice: M001, key: 'MemoryHigh', found: '50%', action: 'refuse' },
    ]);
  });

  it('is none where it says the same, in whatever words', () => {
    expect(drift([other(`${STUDENT}.d/90.conf`, 'MemoryMax=32768M', 'TasksMax=0x10000', 'CPUQuota=1600.00%')])).toEqual(
      [],
    );
  });

  it('is none where it loses: ours comes later by its name', () => {
    const texts = { 'groups/student.yaml': groupText(LIMITS, '  per_member: { tasks_max: 8192 }\n') };
    const [early, late] = ['10-early.conf', '60-late.conf'].map((name) =>
      other(`ds01-student-.slice.d/${name}`, 'TasksMax=9'),
    );
    expect(drift(early ? [early] : [], texts)).toEqual([]);
    expect(drift(late ? [late] : [], texts)).toMatchObject([{ key: 'TasksMax', wanted: '8192', found: '9' }]);
  });

  it('is none where another folder comes first, or the name does not end in .conf', () => {
    expect(drift([other(`/usr/lib/systemd/system/${STUDENT}`, 'TasksMax=9')])).toEqual([]);
    expect(drift([other(`${STUDENT}.d/90-local.conf.off`, 'TasksMax=9')])).toEqual([]);
  });

  it('is none in slices that policy knows nothing of', () => {
    const paths = ['ds01-old.slice', 'ds01-old-m001.slice.d/x.conf', 'user.slice.d/x.conf', 'ds010-student.slice'];
    expect(shadows(paths.map((path) => other(path, 'TasksMax=9')))).toEqual({ drift: [], clears: [] });
  });

  it('is found also where it takes back what policy says, in one line for all devices', () => {
    const rates = `${LIMITS}, io_read_bandwidth_max: { /dev/sda: 5M }`;
    const files = [other(`${STUDENT}.d/80.conf`, 'IOWeight=100'), other(`${STUDENT}.d/90.conf`, 'IOReadBandwidthMax=')];
    const found = drift([...files, other(`${STUDENT}.d/95.conf`, 'CPUWeight=100')], {
      'groups/student.yaml': groupText(rates),
    });
    expect(found).toMatchObject([
      { key: 'IOReadBandwidthMax /dev/sda', wanted: '5M', file: `/etc/systemd/system/${STUDENT}.d/90.conf` },
    ]);
    expect(found[0]).not.toHaveProperty('found');
    expect(found[0]?.message).toContain('is unlimited, policy says 5M: ');
  });

  it('is found where it adds CPUs to those of policy, before ours or after it', () => {
    const texts = { 'groups/student.yaml': groupText(LIMITS, '  per_member: { allowed_cpus: "0-3" }\n') };
    for (const name of ['10.conf', '90.conf']) {
      expect(drift([other(`ds01-student-.slice.d/${name}`, 'AllowedCPUs=8')], texts)).toMatchObject([
        {
          key: 'AllowedCPUs',
          wanted: '0-3',
          found: '0-3 8',
          file: `/etc/systemd/system/ds01-student-.slice.d/${name}`,
        },
      ]);
    }
    expect(drift([other('ds01-student-.slice.d/90.conf', 'AllowedCPUs=2')], texts)).toEqual([]);
  });
});

describe('a file with the name of one of ours', () => {
  const texts = { 'groups/student.yaml': groupText(LIMITS, '  per_member: { memory_max: 8G, tasks_max: 8192 }\n') };
  const path = `${M001}.d/50-ds01-policy.conf`;

  it('hides ours from systemd: each limit of ours that is gone is named', () => {
    const found = drift([other(path, 'TasksMax=9000')], texts);
    expect(found.map(({ message }) => message.replace(/ since.*/, ''))).toEqual([
      `MemoryMax of ${M001} is unlimited, policy says 8G: /etc/systemd/system/${path} wins`,
      `TasksMax of ${M001} is 9000, policy says 8192: /etc/systemd/system/${path} wins`,
    ]);
  });

  it('hides ours also if it says nothing', () => {
    for (const text of ['', '[Slice]\n']) {
      expect(drift([{ path, text }], texts)).toMatchObject([
        { slice: M001, key: 'MemoryMax', wanted: '8G', action: 'refuse', file: `/etc/systemd/system/${path}` },
        { slice: M001, key: 'TasksMax', wanted: '8192', action: 'refuse' },
      ]);
    }
    const unit = { path: `/run/systemd/transient/${STUDENT}`, text: '' };
    expect(drift([unit]).map(({ key, file }) => `${key} ${file}`)).toEqual([
      `CPUQuota ${unit.path}`,
      `MemoryMax ${unit.path}`,
      `TasksMax ${unit.path}`,
    ]);
  });
});

describe('a drop-in for many slices', () => {
  const count = { 'ds01-.slice.d/x.conf': 9, 'ds01-student-.slice.d/x.conf': 1, 'slice.d/x.conf': 10 };

  it.each(Object.entries(count))('%s is one finding, with the number of slices: %i', (path, number) => {
    const found = drift([other(path, 'IOWeight=7')]);
    expect(found).toMatchObject([{ key: 'IOWeight', found: '7', action: 'refuse' }]);
    const more = /^IOWeight of \S+ (?:and ([0-9]+) more )?is 7/.exec(found[0]?.message ?? '')?.[1] ?? 0;
    expect(Number(more) + 1).toBe(number);
  });

  it('stands also for those who are not listed and have no unit', () => {
    expect(drift([other('ds01-student-.slice.d/x.conf', 'IOWeight=7')])).toMatchObject([
      { slice: 'ds01-student-_.slice' },
    ]);
  });

  it('is refused for one group and shown for another, as each of them says', () => {
    const texts = { 'groups/student.yaml': groupText(LIMITS, 'drift: report\n') };
    const found = drift([other('ds01-.slice.d/x.conf', 'IOWeight=7')], texts);
    expect(found.map(({ action, slice }) => `${action} ${slice}`)).toEqual([
      'refuse ds01-admin-_.slice',
      'report ds01-student-_.slice',
    ]);
  });
});

describe('drift: report', () => {
  const file = other(`${STUDENT}.d/90.conf`, 'TasksMax=512');
  const site = (mode: string) => `version: 1
name: ds01
default_group: student
admin_group: admin
time_zone: Europe/Berlin
account_domain: hertie-school.lan
drift: ${mode}
hosts: { ds01: { cpus: 128, gpus: 4 } }
`;
  it.each([
    ['enforce', undefined, 'refuse'],
    ['report', undefined, 'report'],
    ['enforce', 'report', 'report'],
    ['report', 'enforce', 'refuse'],
  ])('of the site %s, of the group %s: %s', (ofSite, ofGroup, action) => {
    const more = ofGroup === undefined ? '' : `drift: ${ofGroup}\n`;
    const texts = { 'site.yaml': site(ofSite), 'groups/student.yaml': groupText(LIMITS, more) };
    const [found] = drift([file], texts);
    expect(found?.action).toBe(action);
    expect(found?.wayOut).toMatch(action === 'report' ? /^left as it is/ : /^take it away/);
  });

  it('of the site holds for the slice of the site', () => {
    const [found] = drift([other('ds01.slice.d/x.conf', 'TasksMax=9')], { 'site.yaml': site('report') });
    expect(found).toMatchObject({ slice: 'ds01.slice', action: 'report' });
  });
});

describe('a unit by hand for an account that policy does not list', () => {
  it('is drift where it limits something', () => {
    expect(drift([other(M001, 'TasksMax=512')])).toMatchObject([
      { slice: M001, key: 'TasksMax', found: '512', action: 'refuse', file: `/etc/systemd/system/${M001}` },
    ]);
  });

  it('is none where it only counts, or says what the default is', () => {
    expect(drift([other(M001, 'CPUAccounting=yes', 'MemoryAccounting=yes')])).toEqual([]);
    expect(drift([other(M001, 'TasksMax=infinity', 'CPUWeight=100')])).toEqual([]);
  });
});

describe('a file limits something', () => {
  it.each([
    ['TasksMax=1', true],
    ['TasksMax=infinity', true],
    ['CPUQuota=', true],
    ['IOReadBandwidthMax=/dev/sda 1M', true],
    // It takes back what another file says.
    ['IOReadBandwidthMax=', true],
    ['MemoryMax=32g', false],
    ['IOReadBandwidthMax=rubbish', false],
    ['CPUAccounting=yes', false],
    ['CPUAccounting=', false],
    ['', false],
  ])('with %j: %s', (line, limits) => {
    expect(limitsSomething({ text: `[Slice]\n${line}\n` })).toBe(limits);
    expect(limitsSomething({ text: `[Unit]\n${line}\n` })).toBe(false);
  });
});

it('policy decides about the slices of the site, of its groups and of their members', () => {
  const resolved = resolvePolicy();
  for (const slice of ['ds01.slice', STUDENT, M001, 'ds01-researcher-204214.slice'])
    expect(isManaged(slice, resolved)).toBe(true);
  for (const slice of ['ds01-old.slice', 'ds01-old-a.slice', 'user.slice', 'ds010.slice'])
    expect(isManaged(slice, resolved)).toBe(false);
});
