import { expect, it } from 'vitest';
import { plan } from '../../scripts/units/plan.ts';
import { planBetween } from '../../scripts/units/plan-between.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, groupText, resolvePolicy } from '../support/resolve-policy.ts';

const before = resolvePolicy();
const after = resolvePolicy({
  'groups/student.yaml': groupText('cpu_quota: 800%, memory_max: 32G, tasks_max: 65536'),
});

it('is the plan of a host that has policy as it was', () => {
  const planned = planBetween(before, after);
  expect(planned).toEqual(plan(asFound(render(before)), after));
  expect(planned.changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['update ds01-student.slice']);
  expect(planBetween(after, after).differs).toBe(false);
});

it('is that of a host with nothing where there was no policy', () => {
  const { changes } = planBetween(undefined, after);
  expect(changes.map(({ path }) => path).sort()).toEqual(render(after).map(({ path }) => path));
  expect(changes.every(({ kind }) => kind === 'create')).toBe(true);
});
