import { describe, expect, it } from 'vitest';
import { CGROUP_FILES, loadedSlices, SHOWN_PROPERTIES } from '../../scripts/units/live.ts';
import { filesV1, filesV2, shownLines } from '../support/printed-limits.ts';

const STUDENT = `Id=ds01-student.slice
LoadState=loaded
ActiveState=active
FragmentPath=/etc/systemd/system/ds01-student.slice
DropInPaths=/etc/systemd/system/slice.d/10-x.conf /run/systemd/system/ds01-.slice.d/20-y.conf
NeedDaemonReload=yes
TasksMax=512
MemoryMax=infinity
IOReadBandwidthMax=/dev/sda 1000
IOReadBandwidthMax=/dev/nvme0n1 2000
`;
const ABSENT = `Id=ds01-student-m001.slice
LoadState=not-found
ActiveState=inactive
FragmentPath=
DropInPaths=
NeedDaemonReload=no
TasksMax=infinity
`;

describe('what systemctl show printed', () => {
  it('has a block for each unit: its state, its files in order, and its limits, also one for each device', () => {
    const slices = loadedSlices(`${STUDENT}\n${ABSENT}`);
    expect([...slices.values()]).toEqual([
      {
        name: 'ds01-student.slice',
        state: 'loaded',
        active: true,
        needsReload: true,
        files: [
          '/etc/systemd/system/ds01-student.slice',
          '/etc/systemd/system/slice.d/10-x.conf',
          '/run/systemd/system/ds01-.slice.d/20-y.conf',
        ],
        limits: new Map([
          ['TasksMax', 512],
          ['IOReadBandwidthMax /dev/sda', 1000],
          ['IOReadBandwidthMax /dev/nvme0n1', 2000],
        ]),
      },
      {
        name: 'ds01-student-m001.slice',
        state: 'not-found',
        active: false,
        needsReload: false,
        files: [],
        limits: new Map(),
      },
    ]);
  });

  it('has a unit once, also if it was asked for by name and by pattern', () => {
    expect([...loadedSlices(`${STUDENT}\n${ABSENT}\n${STUDENT}`).keys()]).toEqual([
      'ds01-student.slice',
      'ds01-student-m001.slice',
    ]);
  });

  it('has nothing where nothing was printed, or no name of a unit', () => {
    for (const text of ['', '\n\n\n', 'TasksMax=1\n', 'rubbish\n']) expect(loadedSlices(text).size).toBe(0);
  });

  it('has a unit of which systemd says nothing but its name', () => {
    expect(loadedSlices('Id=ds01.slice\n').get('ds01.slice')).toEqual({
      name: 'ds01.slice',
      state: '',
      active: false,
      needsReload: false,
      files: [],
      limits: new Map(),
    });
  });
});

describe('what is asked', () => {
  const sizes = { cpu_quota: 100, memory_max: 4096, io_read_bandwidth_max: new Map([['/dev/sda', 1]]) };

  it('of systemd has every limit that there is', () => {
    const limits = shownLines(sizes).map((line) => line.replace(/=.*/, ''));
    expect(SHOWN_PROPERTIES).toEqual(expect.arrayContaining(limits));
    expect(new Set(SHOWN_PROPERTIES).size).toBe(SHOWN_PROPERTIES.length);
  });

  it('of the kernel has every file that says a limit', () => {
    expect(CGROUP_FILES.v2).toEqual(expect.arrayContaining(Object.keys(filesV2(sizes))));
    expect(Object.values(CGROUP_FILES.v1).flat()).toEqual(expect.arrayContaining(Object.keys(filesV1(sizes))));
  });
});
