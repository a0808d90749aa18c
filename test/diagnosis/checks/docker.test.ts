import { describe, expect, it } from 'vitest';
import type { Case } from '../../../scripts/diagnosis/case.ts';
import { docker } from '../../../scripts/diagnosis/checks/docker.ts';
import type { Docker } from '../../../scripts/diagnosis/facts.ts';
import type { Told } from '../../../scripts/diagnosis/told.ts';
import { aCase, aContainer, aMeter, CONTAINER, CONTAINER_ID, FACTS, told } from '../../support/case-fixture.ts';

const OUTSIDE = `/system.slice/docker-${CONTAINER_ID}.scope`;
const OTHER = `/docker/${'ab'.repeat(32)}`;
const RESTART = 'then systemctl restart docker, which ends containers unless live-restore is on';
const SET_PARENT = `write "cgroup-parent": "ds01-student.slice" into /etc/docker/daemon.json, ${RESTART}; what goes on keeps its place until it is made anew`;

/** A machine with Docker, and containers at these places. */
function machineWith(found: Told<Docker>, paths: readonly string[] = [], more: Partial<Case['facts']> = {}): Case {
  return aCase({ facts: { ...FACTS, docker: found, ...more }, all: paths.map((path) => aMeter(path)) });
}

function configured(cgroupParent: Docker['cgroupParent'], cgroupDriver = 'systemd'): Told<Docker> {
  return told({ cgroupDriver, cgroupParent });
}

describe('Docker', () => {
  it('does not have to be there', () => {
    const absent = machineWith({ kind: 'absent', why: 'docker is not installed' }, [OUTSIDE]);
    expect(docker.examine(absent)).toEqual({ causes: [], saw: 'docker is not installed' });
  });

  it('may say nothing', () => {
    const why = 'docker did not answer within 3 s';
    expect(docker.examine(machineWith({ kind: 'silent', why }, [OUTSIDE]))).toEqual({
      causes: [],
      saw: 'Docker said nothing',
      unknown: [{ why }],
    });
  });

  it.each(['ds01-student.slice', 'ds01-student-a.slice'])('puts containers where limits hold: %s', (parent) => {
    const found = machineWith(configured(told(parent)), [OUTSIDE, CONTAINER]);
    expect(docker.examine(found)).toEqual({
      causes: [],
      saw: `cgroup driver systemd, cgroup-parent ${parent}`,
      notes: [],
    });
  });

  it('may put them where no limit of a group does', () => {
    expect(docker.examine(machineWith(configured(told('ds01.slice')))).notes).toEqual([
      'a container that is started without --cgroup-parent runs in ds01.slice, where no limit of a group holds',
    ]);
  });
});

describe('another cgroup driver', () => {
  it('puts no container into a slice, whatever the parent is', () => {
    const found = machineWith(configured(told(undefined), 'cgroupfs'), [OUTSIDE]);
    expect(docker.examine(found)).toEqual({
      causes: [
        {
          weight: 30,
          subject: 'docker.service',
          message:
            'Docker uses the cgroup driver "cgroupfs": containers do not go into the slices of systemd, and no limit of a ' +
            'slice holds for them',
          evidence: [{ source: 'docker info', figure: 'CgroupDriver cgroupfs' }],
          wayOut: `write "exec-opts": ["native.cgroupdriver=systemd"] into /etc/docker/daemon.json, ${RESTART}`,
        },
      ],
      saw: 'cgroup driver "cgroupfs"',
    });
  });
});

describe('a parent that is none of the site', () => {
  it('is a cause as soon as a container runs outside', () => {
    const facts = {
      containers: told([aContainer({ id: 'ab'.repeat(32), name: 'notebook' }), aContainer({ id: 'cd'.repeat(32) })]),
    };
    const found = machineWith(configured(told(undefined)), [OUTSIDE, OTHER, CONTAINER], facts);
    const why = '/etc/docker/daemon.json has no cgroup-parent';
    expect(docker.examine(found)).toEqual({
      causes: [
        {
          weight: 12,
          subject: 'docker.service',
          message:
            `${why}: a container that is started without one of its own runs outside of every limit, as 2 containers do now: ` +
            'c0ffee12c0ff, notebook',
          evidence: [
            { source: '/etc/docker/daemon.json', figure: 'no cgroup-parent' },
            { source: `/sys/fs/cgroup${OUTSIDE}/cgroup.procs`, figure: 'outside of ds01.slice' },
            { source: `/sys/fs/cgroup${OTHER}/cgroup.procs`, figure: 'outside of ds01.slice' },
          ],
          wayOut: SET_PARENT,
        },
      ],
      saw: 'cgroup driver systemd',
    });
  });

  it.each([
    [undefined, '/etc/docker/daemon.json has no cgroup-parent'],
    ['docker.slice', 'cgroup-parent "docker.slice" is no slice of ds01'],
    ['ds01x.slice', 'cgroup-parent "ds01x.slice" is no slice of ds01'],
  ])('is good to know as long as none does: %s', (parent, why) => {
    const { causes, notes } = docker.examine(machineWith(configured(told(parent)), [CONTAINER, '/ds01.slice']));
    expect(causes).toEqual([]);
    expect(notes).toEqual([`${why}: a container that is started without one of its own runs outside of every limit`]);
  });

  it('tells of another parent as evidence, and of one container as of one', () => {
    const [cause] = docker.examine(machineWith(configured(told('docker.slice')), [OUTSIDE])).causes;
    expect(cause?.evidence[0]?.figure).toBe('"cgroup-parent": "docker.slice"');
    expect(cause?.message).toMatch(/, as 1 container does now: c0ffee12c0ff$/);
  });

  it('is the same where there is no such file', () => {
    const { notes } = docker.examine(machineWith(configured({ kind: 'absent', why: 'no such file' })));
    expect(notes?.[0]).toMatch(/^\/etc\/docker\/daemon[.]json has no cgroup-parent/);
  });

  it('cannot be told of a file that nobody can read', () => {
    const why = 'the configuration of dockerd is no JSON';
    expect(docker.examine(machineWith(configured({ kind: 'silent', why }), [OUTSIDE]))).toEqual({
      causes: [],
      saw: 'cgroup driver systemd',
      unknown: [{ why }],
    });
  });

  it('is refused by Docker if it is no name of a slice', () => {
    expect(docker.examine(machineWith(configured(told('/ds01')), [OUTSIDE]))).toEqual({
      causes: [
        {
          weight: 20,
          subject: 'docker.service',
          message: 'cgroup-parent "/ds01" is not the name of a slice: Docker does not start with it again',
          evidence: [{ source: '/etc/docker/daemon.json', figure: '"cgroup-parent": "/ds01"' }],
          wayOut: SET_PARENT,
        },
      ],
      saw: 'cgroup driver systemd, cgroup-parent /ds01',
    });
  });

  it('names ten containers of many', () => {
    const paths = Array.from({ length: 12 }, (_, index) => `/docker/${String(index).padStart(64, '0')}`);
    const [cause] = docker.examine(machineWith(configured(told(undefined)), paths)).causes;
    expect(cause?.evidence).toHaveLength(11);
    expect(cause?.message).toMatch(/ and 2 more$/);
  });
});
