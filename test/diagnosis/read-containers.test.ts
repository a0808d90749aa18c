import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../scripts/diagnosis/facts.ts';
import { readContainers } from '../../scripts/diagnosis/read-containers.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';
import { REPOSITORY } from '../support/repository.ts';

const ID = 'c0ff'.repeat(16);

interface More {
  readonly own?: Readonly<Record<string, unknown>>;
  readonly host?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A container as `docker inspect` shows it, with the fields that count: made after the Engine API, not recorded. */
function inspected({ own, host, config }: More = {}) {
  return {
    Id: ID,
    Name: '/train',
    State: { Status: 'running', Running: true, Pid: 4711 },
    Image: 'sha256:0000',
    Config: { User: '', Env: ['PATH=/usr/bin'], Image: 'pytorch:2.4', Labels: {}, ...config },
    HostConfig: {
      ...{ CgroupParent: '', NanoCpus: 0, CpuQuota: 0, CpuPeriod: 0, Memory: 0, PidsLimit: null, ShmSize: 67_108_864 },
      ...{ DeviceRequests: null, Devices: [], Runtime: 'runc', ...host },
    },
    Mounts: [],
    ...own,
  };
}

function read(...containers: readonly unknown[]): Told<readonly Container[]> {
  return readContainers({ kind: 'told', value: JSON.stringify(containers) });
}

function only(more: More): Container | undefined {
  const told = read(inspected(more));
  return told.kind === 'told' ? told.value[0] : undefined;
}

describe('a container', () => {
  it('is understood as a real Docker shows it: recorded from 20.10 on Debian 12, all of it', () => {
    const recorded = readFileSync(join(REPOSITORY, 'test/diagnosis/recorded/docker-20.10-inspect.json'), 'utf8');
    expect(readContainers({ kind: 'told', value: recorded })).toEqual({
      kind: 'told',
      value: [
        {
          id: '4d958201324704ccaf0999b7f8a7fd769f68fe7b61d1f5b4360b02881eed980f',
          ...{ name: 'burner', image: 'busybox', pid: 268, user: '', mounts: [], labels: new Map(), asksGpu: false },
          ...{ cpus: 0.5, memory: 200 * 1024 ** 2, shmSize: 64 * 1024 ** 2, pidsLimit: 50 },
          cgroupParent: 'ds01-student-a.slice',
        },
      ],
    });
  });

  it('without options has what Docker gives to everybody', () => {
    expect(read(inspected())).toEqual({
      kind: 'told',
      value: [
        {
          ...{ id: ID, name: 'train', image: 'pytorch:2.4', pid: 4711, shmSize: 64 * 1024 ** 2, cgroupParent: '' },
          ...{ asksGpu: false, user: '', mounts: [], labels: new Map() },
        },
      ],
    });
  });

  it('with options has them', () => {
    const labels = { 'devcontainer.local_folder': '/home/100001/work', __proto__x: 'y' };
    const host = { NanoCpus: 1_500_000_000, Memory: 2 ** 35, PidsLimit: 512, ShmSize: 2 ** 30 };
    const mounts = [
      { Type: 'bind', Source: '/home/100001', Destination: '/workspace' },
      { Type: 'volume', Name: 'v', Source: '/var/lib/docker/volumes/v/_data', Destination: '/data' },
      { Type: 'bind', Destination: '/nowhere' },
    ];
    const more = {
      host: { ...host, CgroupParent: 'ds01-student-100001.slice' },
      config: { User: '1000:1000', Labels: labels },
    };
    expect(only({ ...more, own: { Mounts: mounts } })).toEqual({
      ...{ id: ID, name: 'train', image: 'pytorch:2.4', pid: 4711, cgroupParent: 'ds01-student-100001.slice' },
      ...{ cpus: 1.5, memory: 2 ** 35, pidsLimit: 512, shmSize: 2 ** 30, asksGpu: false, user: '1000:1000' },
      ...{ mounts: ['/home/100001'], labels: new Map(Object.entries(labels)) },
    });
  });

  it.each([
    [{ CpuQuota: 250_000, CpuPeriod: 50_000 }, 5],
    [{ CpuQuota: 250_000, CpuPeriod: 0 }, 2.5],
    [{ CpuQuota: -1, CpuPeriod: 100_000 }, undefined],
    [{ NanoCpus: 2e9, CpuQuota: 100_000 }, 2],
  ])('with %j may use %d CPUs', (host, cpus) => {
    expect(only({ host })?.cpus).toBe(cpus);
  });

  it.each([0, -1, null, undefined, '512'])('with a limit of %j has none', (none) => {
    const container = only({ host: { NanoCpus: none, Memory: none, ShmSize: none, PidsLimit: none } });
    expect(container).not.toHaveProperty('cpus');
    expect(container).not.toHaveProperty('memory');
    expect(container).not.toHaveProperty('shmSize');
    expect(container).not.toHaveProperty('pidsLimit');
  });

  it('that has ended has no process, and is left out', () => {
    const ended = inspected({ own: { State: { Status: 'exited', Running: false, Pid: 0 } } });
    expect(read(ended, inspected({ own: { Name: '/other' } }))).toMatchObject({ value: [{ name: 'other' }] });
  });

  it.each([null, undefined])('whose labels, mounts and devices are %s has none', (none) => {
    const more = { own: { Mounts: none }, config: { Labels: none, Env: none }, host: { Devices: none } };
    expect(only(more)).toMatchObject({ mounts: [], labels: new Map(), asksGpu: false });
  });
});

describe('a GPU is asked for', () => {
  const request = (more: object) => ({
    host: { DeviceRequests: [{ Driver: '', Count: 0, DeviceIDs: null, ...more }] },
  });
  const runtime = (...Env: readonly string[]) => ({ host: { Runtime: 'nvidia' }, config: { Env } });

  it.each<[string, More]>([
    ['--gpus all', request({ Count: -1, Capabilities: [['gpu']] })],
    ['--gpus 1', request({ Count: 1, Capabilities: [['gpu']] })],
    ['--gpus device=0', request({ DeviceIDs: ['0'], Capabilities: [['compute'], ['x', 'gpu']] })],
    ['the driver by name', request({ Driver: 'nvidia', Count: 1 })],
    ['--device nvidia.com/gpu=all', request({ Driver: 'cdi', DeviceIDs: ['nvidia.com/gpu=all'] })],
    ['--device /dev/nvidia0', { host: { Devices: [{ PathOnHost: '/dev/kvm' }, { PathOnHost: '/dev/nvidia0' }] } }],
    ['the runtime', runtime('NVIDIA_VISIBLE_DEVICES=all')],
    ['the runtime, and the last word counts', runtime('NVIDIA_VISIBLE_DEVICES=void', 'NVIDIA_VISIBLE_DEVICES=0,1')],
  ])('by %s', (_what, more) => {
    expect(only(more)?.asksGpu).toBe(true);
  });

  it.each<[string, More]>([
    ['--gpus 0', request({ Capabilities: [['gpu']] })],
    ['a device of another kind', request({ Count: 1, Capabilities: [['tpu']] })],
    ['a device of another maker', request({ Driver: 'cdi', Count: 1, DeviceIDs: ['amd.com/gpu=0'] })],
    [
      'any other device',
      { host: { Devices: [{ PathOnHost: '/dev/fuse' }, null, { PathOnHost: '/mnt/dev/nvidia0' }] } },
    ],
    ['the variable without the runtime', { config: { Env: ['NVIDIA_VISIBLE_DEVICES=all'] } }],
    ['the runtime without the variable', runtime('X_NVIDIA_VISIBLE_DEVICES=all')],
    ['the runtime with none', runtime('NVIDIA_VISIBLE_DEVICES=none')],
    ['the runtime with nothing', runtime('NVIDIA_VISIBLE_DEVICES=')],
    ['the runtime that is told to stay out', runtime('NVIDIA_VISIBLE_DEVICES=all', 'NVIDIA_VISIBLE_DEVICES=void')],
  ])('not by %s', (_what, more) => {
    expect(only(more)?.asksGpu).toBe(false);
  });
});

describe('what cannot be understood', () => {
  const silent = { kind: 'silent', why: expect.stringMatching(/^docker inspect prints what cannot be understood/) };

  it.each<[string, More]>([
    ['an id that is none', { own: { Id: 'abc' } }],
    ['an id that is no text', { own: { Id: 7 } }],
    ['no name', { own: { Name: null } }],
    ['no process', { own: { State: {} } }],
    ['no image', { config: { Image: undefined } }],
    ['a user that is no text', { config: { User: 0 } }],
    ['a parent that is no text', { host: { CgroupParent: {} } }],
  ])('is a container with %s, and then nothing is said of any', (_what, more) => {
    expect(read(inspected(), inspected(more))).toEqual(silent);
  });

  it.each(['{}', '[7]', '[', 'null', 'Error'])('is %s', (value) => {
    expect(readContainers({ kind: 'told', value })).toEqual(silent);
  });

  it('is not a list without containers', () => {
    expect(read()).toEqual({ kind: 'told', value: [] });
  });
});

it('who may ask Docker is said where it was not allowed, and nowhere else', () => {
  const denied = { kind: 'silent', why: 'docker ps exits 1: Permission denied while trying to connect' } as const;
  expect(readContainers(denied)).toEqual({ ...denied, wayOut: 'root or the group docker sees it' });
  const down = { kind: 'silent', why: 'docker ps exits 1: Cannot connect to the Docker daemon' } as const;
  expect(readContainers(down)).toEqual(down);
  const absent = { kind: 'absent', why: 'permission denied' } as const;
  expect(readContainers(absent)).toEqual(absent);
});
