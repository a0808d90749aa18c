import { describe, expect, it } from 'vitest';
import { effectiveSettings, indexUnits, layersOf, type UnitFile } from '../../scripts/units/layers.ts';
import { LOAD_PATH } from '../../scripts/units/unit-path.ts';

function file(path: string, ...lines: readonly string[]): UnitFile {
  return { path, text: `[Slice]\n${lines.join('\n')}\n` };
}

function layers(slice: string, files: readonly UnitFile[]): readonly string[] {
  return layersOf(slice, indexUnits(files)).map(({ path }) => path);
}

function limits(slice: string, files: readonly UnitFile[]): Readonly<Record<string, string>> {
  const settings = effectiveSettings(layersOf(slice, indexUnits(files)));
  return Object.fromEntries([...settings].map(([key, setting]) => [key, `${setting.text} (${setting.file})`]));
}

// Each file says another number, and systemd 252 was asked which one it holds.
const MEASURED = Object.entries({
  '/run/systemd/system/ds01-student-q.slice.d/50-p.conf': 1001,
  'ds01-student-.slice.d/50-p.conf': 1002,
  '/usr/lib/systemd/system/ds01-student-q.slice.d/60-p.conf': 1003,
  'ds01-.slice.d/60-p.conf': 1004,
  'slice.d/60-p.conf': 1005,
  'slice.d/10-x.conf': 1006,
  'ds01-.slice.d/10-x.conf': 1007,
  '/run/systemd/system.control/slice.d/60-p.conf': 1008,
  '/usr/lib/systemd/system/ds01-student-q.slice.d/10-x.conf': 1009,
  '/usr/lib/systemd/system/ds01-student-q.slice': 1010,
  '/run/systemd/transient/ds01-student-q.slice.d/55.conf': 1011,
  '/run/systemd/system/ds01-student-q.slice': 1012,
}).map(([path, tasks]) => file(path, `TasksMax=${tasks}`));

describe('the files that systemd reads for a slice', () => {
  it('are those that systemd 252 read when it was asked, in its order', () => {
    expect(layers('ds01-student-q.slice', MEASURED)).toEqual([
      '/run/systemd/system/ds01-student-q.slice',
      'ds01-.slice.d/10-x.conf',
      'ds01-student-.slice.d/50-p.conf',
      '/run/systemd/transient/ds01-student-q.slice.d/55.conf',
      'ds01-.slice.d/60-p.conf',
    ]);
    expect(limits('ds01-student-q.slice', MEASURED)).toEqual({ TasksMax: '1004 (ds01-.slice.d/60-p.conf)' });
    expect(layers('ds01.slice', MEASURED)).toEqual([
      'slice.d/10-x.conf',
      '/run/systemd/system.control/slice.d/60-p.conf',
    ]);
    expect(limits('ds01.slice', MEASURED)).toEqual({
      TasksMax: '1008 (/run/systemd/system.control/slice.d/60-p.conf)',
    });
  });

  it('do not depend on the order in which they were found', () => {
    for (const slice of ['ds01-student-q.slice', 'ds01.slice', 'ds01-student.slice']) {
      expect(layers(slice, [...MEASURED].reverse())).toEqual(layers(slice, MEASURED));
    }
  });

  it('have the unit of the most important folder, of all that there are', () => {
    for (const [index, folder] of LOAD_PATH.entries()) {
      const files = LOAD_PATH.slice(index).map((other) => file(`${other}/a.slice`));
      expect(layers('a.slice', files.reverse())).toEqual([`${folder}/a.slice`]);
    }
  });

  it('have one drop-in of a name: in one folder that for the more exact slice', () => {
    const names = ['a-b-c.slice.d', 'a-b-.slice.d', 'a-.slice.d', 'slice.d'];
    for (const [index, name] of names.entries()) {
      const files = names.slice(index).map((other) => file(`${other}/x.conf`));
      expect(layers('a-b-c.slice', files)).toEqual([`${name}/x.conf`]);
    }
  });

  it('have the one for all slices last, even from the most important folder', () => {
    const [first = '', last = ''] = [LOAD_PATH[0], LOAD_PATH.at(-1)];
    const files = [file(`${first}/slice.d/x.conf`), file(`${last}/a-.slice.d/x.conf`)];
    expect(layers('a-b.slice', files)).toEqual([`${last}/a-.slice.d/x.conf`]);
    expect(layers('a.slice', files)).toEqual([`${first}/slice.d/x.conf`]);
  });

  it('have only drop-ins that end in .conf', () => {
    const names = ['x', 'x.conf~', 'x.conf.bak', 'x.CONF', 'x.conf'];
    expect(
      layers(
        'a.slice',
        names.map((name) => file(`a.slice.d/${name}`)),
      ),
    ).toEqual(['a.slice.d/x.conf']);
  });

  it('have none of other slices whose names begin alike', () => {
    const others = [
      'a-bc.slice',
      'a-bc.slice.d/x.conf',
      'a-b.slice.d/y.conf',
      'ab-.slice.d/z.conf',
      'a-b-.slice.d/w.conf',
    ];
    expect(
      layers(
        'a-b.slice',
        others.map((path) => file(path)),
      ),
    ).toEqual(['a-b.slice.d/y.conf']);
    expect(layers('a-b.slice', [])).toEqual([]);
  });

  it('have the later one of two with the same path: what is to be written lies over what was found', () => {
    const [found, wanted] = [file('a.slice', 'TasksMax=1'), file('a.slice', 'TasksMax=2')];
    expect(layersOf('a.slice', indexUnits([found, wanted]))).toEqual([wanted]);
  });
});

describe('the limits of a slice', () => {
  it('are those that the last file says which says anything about it', () => {
    const files = [
      file('a.slice', 'TasksMax=1', 'MemoryMax=1G', 'IOReadBandwidthMax=/dev/sda 1M'),
      file('a.slice.d/10.conf', 'TasksMax=2', 'IOWeight=50'),
      file('a.slice.d/20.conf', 'TasksMax=3', 'IOReadBandwidthMax=/dev/sdb 2M'),
    ];
    expect(limits('a.slice', files)).toEqual({
      TasksMax: '3 (a.slice.d/20.conf)',
      MemoryMax: '1G (a.slice)',
      IOWeight: '50 (a.slice.d/10.conf)',
      'IOReadBandwidthMax /dev/sda': '1M (a.slice)',
      'IOReadBandwidthMax /dev/sdb': '2M (a.slice.d/20.conf)',
    });
  });

  it('are not touched by a line that systemd ignores, whether another file says something or none', () => {
    const ignored = file('a.slice.d/20.conf', 'MemoryMax=32g', 'TasksMax=x');
    expect(limits('a.slice', [file('a.slice', 'MemoryMax=1G'), ignored])).toEqual({ MemoryMax: '1G (a.slice)' });
  });

  it('are gone where a later file takes them back', () => {
    const unit = file('a.slice', 'IOReadBandwidthMax=/dev/sda 1M', 'IOWriteBandwidthMax=/dev/sda 1M');
    expect(limits('a.slice', [unit, file('a.slice.d/x.conf', 'IOReadBandwidthMax=')])).toEqual({
      'IOWriteBandwidthMax /dev/sda': '1M (a.slice)',
    });
  });

  it('have the CPUs of all files together, until one takes them back: so does systemd 252', () => {
    const [first, second] = [file('a.slice', 'AllowedCPUs=0-1'), file('a.slice.d/10.conf', 'AllowedCPUs=4')];
    expect(limits('a.slice', [first, second])).toEqual({ AllowedCPUs: '0-1 4 (a.slice.d/10.conf)' });
    const third = file('a.slice.d/20.conf', 'AllowedCPUs=', 'AllowedCPUs=8');
    expect(limits('a.slice', [first, second, third])).toEqual({ AllowedCPUs: '8 (a.slice.d/20.conf)' });
  });

  it('are not those of a container: that is not systemd’s affair', () => {
    const text = '[X-ds01-policy]\nContainer=gpus 1\n[Unit]\nTasksMax=1\n';
    expect(limits('a.slice', [{ path: 'a.slice', text }])).toEqual({});
  });
});
