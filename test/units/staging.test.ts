import { expect, it } from 'vitest';
import type { Change } from '../../scripts/units/diff.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { stagedFiles } from '../../scripts/units/staging.ts';
import { asFound, groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

const DROP_IN = '50-ds01-policy.conf';

function changesTo(texts: Readonly<Record<string, string>>): readonly Change[] {
  return plan(asFound(render(resolvePolicy())), resolvePolicy(texts)).changes;
}

it('the new texts are those of the plan, with a unit for each drop-in that would have none', () => {
  const own = 'expires: never\nlimits: { per_member: { io_weight: 50 } }\n';
  const changes = changesTo({
    'groups/student.yaml': groupText(
      'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
      '  per_member: { io_weight: 5 }\n',
    ),
    'members/204214.yaml': memberText('204214', 'researcher', own),
    'members/m001.yaml': memberText('m001', 'student', own),
  });
  const staged = stagedFiles(changes);
  const texts = new Map(staged.map(({ path, text }) => [path, text]));
  expect(texts.size).toBe(staged.length);
  for (const change of changes) if ('after' in change) expect(texts.get(change.path)).toBe(change.after);
  // The unit of 204214 does not change, and nobody has a unit for all members of student.
  const added = [...texts].filter(([path]) => !changes.some((change) => change.path === path));
  expect(added.sort()).toEqual([
    ['ds01-researcher-204214.slice', '[Slice]\n'],
    ['ds01-student-_.slice', '[Slice]\n'],
  ]);
  expect(changes.map(({ path }) => path)).toContain(`ds01-student-m001.slice.d/${DROP_IN}`);
});

it('what is taken away is not checked', () => {
  const removal: Change = { kind: 'remove', path: `ds01-student-m001.slice.d/${DROP_IN}`, before: '', differences: [] };
  expect(stagedFiles([removal, { ...removal, kind: 'clear' }])).toEqual([]);
});
