import { expect, it } from 'vitest';
import { readDocker } from '../../scripts/diagnosis/read-docker.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';

const NO_FILE = { kind: 'absent', why: '/etc/docker/daemon.json is not there' } as const;

function told(value: unknown): Told<string> {
  return { kind: 'told', value: typeof value === 'string' ? value : JSON.stringify(value) };
}

function parentIn(config: Told<string>) {
  const docker = readDocker(told({ CgroupDriver: 'systemd' }), config);
  return docker.kind === 'told' ? docker.value.cgroupParent : docker;
}

it('the driver is what the daemon says', () => {
  expect(readDocker(told({ CgroupDriver: 'cgroupfs', ServerErrors: null }), NO_FILE)).toEqual({
    kind: 'told',
    value: { cgroupDriver: 'cgroupfs', cgroupParent: { kind: 'told', value: undefined } },
  });
});

it.each(['{}', '{"CgroupDriver": ""}', '{"CgroupDriver": 2}', 'Client: 28', '[]'])('%s says no driver', (text) => {
  expect(readDocker(told(text), NO_FILE)).toEqual({
    kind: 'silent',
    why: `docker info prints what cannot be understood, beginning with '${text}'`,
  });
});

it('what went wrong may be in the answer, as in old versions', () => {
  const answer = (error: unknown) => readDocker(told({ CgroupDriver: '', ServerErrors: [error] }), NO_FILE);
  expect(answer('Cannot connect to the Docker daemon')).toEqual({
    kind: 'silent',
    why: 'docker info: Cannot connect to the Docker daemon',
  });
  expect(answer('dial unix /var/run/docker.sock: permission denied')).toEqual({
    kind: 'silent',
    why: 'docker info: dial unix /var/run/docker.sock: permission denied',
    wayOut: 'root or the group docker sees it',
  });
  expect(answer(7)).toMatchObject({ why: expect.stringContaining('docker info prints what cannot be understood') });
});

it('a daemon that may not be asked says nothing', () => {
  expect(readDocker({ kind: 'silent', why: 'docker info exits 1: permission denied' }, NO_FILE)).toEqual({
    kind: 'silent',
    why: 'docker info exits 1: permission denied',
    wayOut: 'root or the group docker sees it',
  });
});

it.each([
  [{ 'cgroup-parent': 'ds01.slice', 'exec-opts': [] }, 'ds01.slice'],
  [{ 'exec-opts': [] }, undefined],
  ['', undefined],
  [' \n', undefined],
])('the configuration %j has the parent %j', (config, parent) => {
  expect(parentIn(told(config))).toEqual({ kind: 'told', value: parent });
});

it('a configuration that cannot be read or understood says so, and the driver is known all the same', () => {
  expect(parentIn(told('{"cgroup-parent": '))).toEqual({
    kind: 'silent',
    why: 'the configuration of dockerd is no JSON',
  });
  expect(parentIn(told({ 'cgroup-parent': null }))).toEqual({
    kind: 'silent',
    why: 'cgroup-parent in the configuration of dockerd is no text',
  });
  const closed = { kind: 'silent', why: 'closed', wayOut: 'root sees it' } as const;
  expect(parentIn(closed)).toEqual(closed);
});
