import { expect, it } from 'vitest';
import { settingKey } from '../../scripts/diagnosis/device-keys.ts';

const devices = {
  numbers: new Map([
    ['/dev/disk/by-id/x', '8:0'],
    ['/dev/disk/by-id/y', '8:0'],
    ['/dev/nvme0n1p1', '259:0'],
  ]),
  names: new Map([
    ['8:0', 'sda'],
    ['259:0', 'nvme0n1'],
  ]),
};
const READ = 'IOReadBandwidthMax';

it('is the key itself where it is about no device', () => {
  expect(settingKey('TasksMax', ['TasksMax'], devices)).toEqual({ key: 'TasksMax' });
});

it.each(['8:0', '/dev/sda', '/dev/disk/by-id/x', '/dev/disk/by-id/y'])(
  'finds what a file says when asked for %s',
  (device) => {
    const keys = ['IOWriteBandwidthMax /dev/disk/by-id/x', `${READ} /dev/nvme0n1p1`, `${READ} /dev/disk/by-id/y`];
    expect(settingKey(`${READ} ${device}`, keys, devices)).toEqual({ key: `${READ} /dev/disk/by-id/y`, number: '8:0' });
  },
);

it('calls a device that no file speaks of as the kernel does', () => {
  expect(settingKey(`${READ} 8:0`, [`${READ} /dev/nvme0n1p1`], devices)).toEqual({
    key: `${READ} /dev/sda`,
    number: '8:0',
  });
  expect(settingKey(`${READ} /dev/nvme0n1p1`, [], devices)).toEqual({ key: `${READ} /dev/nvme0n1`, number: '259:0' });
});

it('leaves what it does not know as it is', () => {
  expect(settingKey(`${READ} 7:7`, [], devices)).toEqual({ key: `${READ} 7:7`, number: '7:7' });
  expect(settingKey(`${READ} /dev/sdz`, [`${READ} /dev/sdz`], devices)).toEqual({ key: `${READ} /dev/sdz` });
});
