import { expect, it } from 'vitest';
import { cgroupKind, containerIn, isInsideOfWork } from '../../scripts/diagnosis/cgroup-level.ts';
import { ACCOUNT, CONTAINER, CONTAINER_ID, GROUP, SCOPE, SITE } from '../support/case-fixture.ts';

it.each([
  [SITE, 'site'],
  [GROUP, 'group'],
  [ACCOUNT, 'account'],
  [`${ACCOUNT}/ds01-student-100001-jobs.slice`, 'account'],
  [CONTAINER, 'container'],
  [`${ACCOUNT}/${CONTAINER_ID}`, 'container'],
  [`${ACCOUNT}/run-1.scope`, 'work'],
  [`${GROUP}/job.service`, 'work'],
  [`${SITE}/other.slice`, 'work'],
  // Of no slice that systemd could have made: it has a dot in its name.
  [`${SITE}/ds01-a.b.slice`, 'work'],
  ['/', 'outside'],
  ['/system.slice', 'outside'],
  ['/ds01x.slice', 'outside'],
  ['/system.slice/ds01.slice', 'outside'],
  [`/system.slice/${SCOPE}`, 'outside'],
  [`/docker/${CONTAINER_ID}`, 'outside'],
] as const)('%s is %s', (path, level) => {
  expect(cgroupKind(path, 'ds01').level).toBe(level);
});

it('a container has its id, wherever it runs and whatever made its cgroup', () => {
  const paths = [CONTAINER, `${GROUP}/${CONTAINER_ID}`, `/system.slice/${SCOPE}`, `/docker/${CONTAINER_ID}`];
  expect(paths.map((path) => cgroupKind(path, 'ds01').container)).toEqual(paths.map(() => CONTAINER_ID));
  expect(cgroupKind(ACCOUNT, 'ds01')).not.toHaveProperty('container');
  expect(cgroupKind('/system.slice', 'ds01')).not.toHaveProperty('container');
});

it('nothing else is the id of a container', () => {
  const names = [`docker-${CONTAINER_ID}.slice`, `x${SCOPE}`, `${SCOPE}x`, CONTAINER_ID.slice(1), `${CONTAINER_ID}0`];
  const others = [CONTAINER_ID.toUpperCase(), `${CONTAINER_ID}.scope`, `docker-${CONTAINER_ID}`, ''];
  expect([...names, ...others].map(containerIn)).toEqual([...names, ...others].map(() => undefined));
});

it('what is in a service, a scope or a container is looked at with it; but a container in a service is one', () => {
  expect([SITE, ACCOUNT, CONTAINER, `${ACCOUNT}/run-1.scope`, '/'].map(isInsideOfWork)).toEqual([
    ...[false, false, false, false, false],
  ]);
  expect(isInsideOfWork(`${CONTAINER}/init`)).toBe(true);
  expect(isInsideOfWork(`${ACCOUNT}/run-1.scope/a/b`)).toBe(true);
  expect(isInsideOfWork(`${GROUP}/${CONTAINER_ID}/system.slice`)).toBe(true);
  expect(isInsideOfWork(`/user.slice/user-1000.slice/user@1000.service/user.slice/${SCOPE}`)).toBe(false);
  expect(isInsideOfWork(`${CONTAINER}/docker/${CONTAINER_ID}`)).toBe(true);
  expect(isInsideOfWork('/x.services/a')).toBe(false);
});
