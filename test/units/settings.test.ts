import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTAINER_FIELD_NAMES, SLICE_FIELD_NAMES } from '../../scripts/policy/fields.ts';
import { DIRECTIVES } from '../../scripts/units/directives.ts';
import { render } from '../../scripts/units/render.ts';
import { effectOf, OWN_SECTION, settingsOf, settingText } from '../../scripts/units/settings.ts';
import { parseUnit } from '../../scripts/units/unit-text.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { resolveFiles } from '../support/resolve-policy.ts';

function read(...lines: readonly string[]) {
  return settingsOf(parseUnit(`[Slice]\n${lines.join('\n')}`));
}

function readContainer(line: string) {
  return settingsOf(parseUnit(`[${OWN_SECTION}]\nContainer=${line}`));
}

describe('settingsOf', () => {
  it.each([
    ['CPUQuota=1600%', 1600],
    ['CPUQuota=', Number.POSITIVE_INFINITY],
    ['CPUQuota=1600', Number.NaN],
    ['CPUQuota=150.5%', 150.5],
    ['CPUWeight=200', 200],
    ['CPUWeight=idle', 'incomparable'],
    ['MemoryHigh=512M', 512 * 2 ** 20],
    ['MemoryMax=32G', 32 * 2 ** 30],
    ['MemoryMax=1.5T', 1.5 * 2 ** 40],
    ['MemoryMax=4K', 4096],
    ['MemoryMax=1073741824', 2 ** 30],
    ['MemoryMax=infinity', Number.POSITIVE_INFINITY],
    ['MemoryMax=32g', Number.NaN],
    ['MemoryMax=50%', 'incomparable'],
    ['MemoryMax=', Number.POSITIVE_INFINITY],
    ['MemorySwapMax=8G', 8 * 2 ** 30],
    ['TasksMax=65536', 65_536],
    ['TasksMax=infinity', Number.POSITIVE_INFINITY],
    ['TasksMax=banana', Number.NaN],
    ['IOWeight=50', 50],
    ['AllowedCPUs=', 'all'],
    ['AllowedCPUs=0-2 8', new Set([0, 1, 2, 8])],
    ['AllowedCPUs=0-2,8', new Set([0, 1, 2, 8])],
    ['AllowedCPUs=0-99999999999', Number.NaN],
    ['AllowedCPUs=unlimited', Number.NaN],
    ['AllowedCPUs=a', Number.NaN],
  ])('reads %s', (line, measure) => {
    const [key = '', text] = line.split('=');
    expect([...read(line).values()]).toEqual([{ key, text, measure }]);
  });

  it.each([
    ['IOReadBandwidthMax=/dev/sda 500M', 'IOReadBandwidthMax /dev/sda', '500M', 500e6],
    ['IOWriteBandwidthMax=/dev/sdb  1.5K', 'IOWriteBandwidthMax /dev/sdb', '1.5K', 1500],
    ['IOReadBandwidthMax=/dev/sda 1e3', 'IOReadBandwidthMax /dev/sda', '1e3', Number.NaN],
    ['IOReadBandwidthMax=/dev/sda 1G 500M', 'IOReadBandwidthMax /dev/sda', '1G 500M', 1.5e9],
    ['IOReadBandwidthMax=/dev/sda infinity', 'IOReadBandwidthMax /dev/sda', 'infinity', Number.POSITIVE_INFINITY],
  ])('reads %s, a limit for each device', (line, key, text, measure) => {
    expect([...read(line).values()]).toEqual([{ key, text, measure }]);
  });

  it.each([
    ['cpus 0.5', 0.5],
    ['memory 32G', 32 * 2 ** 30],
    ['gpus 0', 0],
    ['gpus unlimited', Number.POSITIVE_INFINITY],
    ['idle_timeout 2d', 172_800],
    ['memory 32g', Number.NaN],
    ['memory', Number.NaN],
    ['cpus 1.2.3', Number.NaN],
  ])('reads the container limit %s', (line, measure) => {
    const [field = '', text = ''] = line.split(' ');
    expect([...readContainer(line).values()]).toEqual([{ key: `container ${field}`, text, measure }]);
  });

  it('passes over what limits nothing, also names that all objects have', () => {
    for (const line of [
      'CPUAccounting=yes',
      'constructor=1',
      'toString=1',
      '__proto__=1',
      'IOReadBandwidthMax=rubbish',
    ]) {
      expect(read(line).size).toBe(0);
    }
    for (const line of ['rubbish 1', 'constructor 1', '__proto__ 1', 'toString', '']) {
      expect(readContainer(line).size).toBe(0);
    }
    expect(settingsOf(parseUnit('[Unit]\nTasksMax=1\n[X-other]\nContainer=gpus 1')).size).toBe(0);
  });

  it('takes the last one, as systemd does', () => {
    expect(read('TasksMax=1', 'TasksMax=2').get('TasksMax')?.measure).toBe(2);
    const rates = read(
      'IOReadBandwidthMax=/dev/sda 1M',
      'IOReadBandwidthMax=/dev/sdb 2M',
      'IOReadBandwidthMax=/dev/sda 3M',
    );
    expect([...rates.values()].map(({ measure }) => measure)).toEqual([3e6, 2e6]);
  });

  it('passes over a line that systemd ignores, unless there is no other', () => {
    expect(read('MemoryMax=1G', 'MemoryMax=32g').get('MemoryMax')).toMatchObject({ text: '1G' });
    expect(read('MemoryMax=32g', 'MemoryMax=1G').get('MemoryMax')).toMatchObject({ text: '1G' });
    expect(read('MemoryMax=32g', 'MemoryMax=64g').get('MemoryMax')).toMatchObject({ text: '32g', measure: Number.NaN });
  });

  it('adds CPUs up until an empty line, as systemd does', () => {
    expect(read('AllowedCPUs=0-1', 'AllowedCPUs=4 2').get('AllowedCPUs')).toEqual({
      key: 'AllowedCPUs',
      text: '0-2 4',
      measure: new Set([0, 1, 2, 4]),
    });
    expect(read('AllowedCPUs=0-1', 'AllowedCPUs=', 'AllowedCPUs=4').get('AllowedCPUs')).toMatchObject({ text: '4' });
    expect(read('AllowedCPUs=0-1', 'AllowedCPUs=').get('AllowedCPUs')).toMatchObject({ measure: 'all' });
  });

  it('takes an empty rate as the end of all rates of its direction before it', () => {
    const rates = read(
      'IOReadBandwidthMax=/dev/sda 1M',
      'IOWriteBandwidthMax=/dev/sda 2M',
      'IOReadBandwidthMax=',
      'IOReadBandwidthMax=/dev/sdb 3M',
    );
    expect([...rates.keys()]).toEqual(['IOWriteBandwidthMax /dev/sda', 'IOReadBandwidthMax /dev/sdb']);
  });

  it('can read whatever policy can have rendered', () => {
    const keys = new Set<string>();
    fc.assert(
      fc.property(policyModels, (model) => {
        for (const { text } of render(resolveFiles(policyFilesOf(model), TODAY))) {
          for (const { key, measure } of settingsOf(parseUnit(text)).values()) {
            expect(measure).not.toBeNaN();
            keys.add(key.replace(/ [/].*/, ''));
          }
        }
      }),
      { numRuns: 40 },
    );
    const directives = SLICE_FIELD_NAMES.map((field) => DIRECTIVES[field].name);
    const containers = CONTAINER_FIELD_NAMES.map((field) => `container ${field}`);
    expect([...keys].sort()).toEqual([...directives, ...containers].sort());
  });
});

describe('effectOf says what it means for running work', () => {
  const NONE = undefined;
  it.each([
    // Quantities: no line at all is no limit.
    ['TasksMax=512', 'TasksMax=65536', 'rises'],
    ['TasksMax=65536', 'TasksMax=512', 'falls'],
    [NONE, 'TasksMax=65536', 'imposed'],
    ['TasksMax=infinity', 'TasksMax=65536', 'imposed'],
    ['TasksMax=65536', NONE, 'removed'],
    ['TasksMax=65536', 'TasksMax=infinity', 'removed'],
    [NONE, 'TasksMax=infinity', NONE],
    ['TasksMax=infinity', NONE, NONE],
    ['TasksMax=512', 'TasksMax=512', NONE],
    ['CPUQuota=', 'CPUQuota=100%', 'imposed'],
    ['CPUQuota=1600%', 'CPUQuota=', 'removed'],
    ['MemoryMax=1G', 'MemoryMax=1024M', NONE],
    ['MemoryMax=1G', 'MemoryMax=1023M', 'falls'],
    // Systemd ignores what it cannot read: it was never in force.
    ['MemoryMax=32g', 'MemoryMax=32G', 'imposed'],
    ['MemoryMax=32G', 'MemoryMax=32g', 'removed'],
    ['MemoryMax=32g', NONE, NONE],
    // How much a share of the machine is, nobody knows here.
    ['MemoryMax=32G', 'MemoryMax=50%', 'changes'],
    ['MemoryMax=50%', 'MemoryMax=50%', 'changes'],
    ['TasksMax=', 'TasksMax=512', 'changes'],
    [NONE, 'CPUWeight=idle', 'changes'],
    // The kernel's weight is 100 where none is set.
    [NONE, 'CPUWeight=100', NONE],
    [NONE, 'CPUWeight=200', 'rises'],
    [NONE, 'IOWeight=50', 'falls'],
    ['IOWeight=50', NONE, 'rises'],
    ['CPUWeight=200', NONE, 'falls'],
    // Sets of CPUs.
    [NONE, 'AllowedCPUs=0-3', 'imposed'],
    ['AllowedCPUs=', 'AllowedCPUs=0-3', 'imposed'],
    ['AllowedCPUs=0-3', 'AllowedCPUs=', 'removed'],
    ['AllowedCPUs=0-3', NONE, 'removed'],
    [NONE, 'AllowedCPUs=', NONE],
    ['AllowedCPUs=0-3', 'AllowedCPUs=0 1 2 3', NONE],
    ['AllowedCPUs=0-3', 'AllowedCPUs=0-2', 'falls'],
    ['AllowedCPUs=0-3', 'AllowedCPUs=0-4', 'rises'],
    ['AllowedCPUs=0-3', 'AllowedCPUs=1-4', 'changes'],
    ['AllowedCPUs=0-3', 'AllowedCPUs=x', 'removed'],
    ['AllowedCPUs=x', 'AllowedCPUs=0-3', 'imposed'],
    ['AllowedCPUs=x', 'AllowedCPUs=y', NONE],
    ['AllowedCPUs=x', NONE, NONE],
    // Rates.
    ['IOReadBandwidthMax=/dev/sda 1M', 'IOReadBandwidthMax=/dev/sda 2M', 'rises'],
    ['IOReadBandwidthMax=/dev/sda 1000K', 'IOReadBandwidthMax=/dev/sda 1M', NONE],
    [NONE, 'IOReadBandwidthMax=/dev/sda 2M', 'imposed'],
    ['IOReadBandwidthMax=/dev/sda 2M', 'IOReadBandwidthMax=', 'removed'],
  ])('%s -> %s: %s', (before, after, effect) => {
    const [from, to] = [before, after].map((line) => [...(line === undefined ? [] : read(line).values())][0]);
    const key = from?.key ?? to?.key ?? '';
    expect(effectOf(key, from, to)).toBe(effect);
  });

  it('knows containers as well', () => {
    const [from, to] = ['gpus 2', 'gpus 0'].map((line) => readContainer(line).get('container gpus'));
    expect(effectOf('container gpus', from, to)).toBe('falls');
    expect(effectOf('container gpus', undefined, to)).toBe('imposed');
    // What they make of a word that they do not know, nobody knows.
    expect(effectOf('container gpus', readContainer('gpus some').get('container gpus'), to)).toBe('changes');
  });
});

describe('a limit for people', () => {
  it.each([
    ['MemoryMax=1073741824', '1G'],
    ['TasksMax=0x10', '16'],
    ['AllowedCPUs=3,1,2', '1-3'],
    ['IOReadBandwidthMax=/dev/sda 5000000', '5M'],
    ['MemoryMax=50%', '50%'],
    ['MemoryMax=32g', '32g'],
    ['CPUQuota=', 'infinity'],
  ])('%s: %s', (line, text) => {
    expect([...read(line).values()].map(settingText)).toEqual([text]);
  });
});
