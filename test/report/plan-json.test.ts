import { expect, it } from 'vitest';
import { planJson } from '../../scripts/report/plan-json.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { hostilePlan } from '../support/hostile-plan.ts';
import { asFound, resolvePolicy } from '../support/resolve-policy.ts';

it('a plan as JSON has a version, whether anything differs, and everything of the plan', () => {
  const resolved = resolvePolicy();
  const result = plan([], resolved);
  const text = planJson(result);
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({ version: 1, ...result });
  // Programs rely on these: a new one may come, none may go without another version.
  expect(Object.keys(JSON.parse(text))).toEqual([
    ...[
      'version',
      'site',
      'today',
      'differs',
      'changes',
      'moves',
      'guards',
      'answered',
      'conflicts',
      'drift',
      'draining',
    ],
    ...['foreign', 'accountingOnly', 'digest'],
  ]);
  expect(JSON.parse(planJson(plan(asFound(render(resolved)), resolved)))).toMatchObject({
    differs: false,
    changes: [],
  });
});

it('whatever is in it, it can be read again', () => {
  expect(JSON.parse(planJson(hostilePlan()))).toEqual({ version: 1, ...hostilePlan() });
});
