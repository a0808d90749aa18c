import { describe, expect, it } from 'vitest';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { planText } from '../../scripts/report/plan-text.ts';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { hostilePlan } from '../support/hostile-plan.ts';
import { asFound, groupText, memberText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;
const GROUP = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';

describe('a plan for people', () => {
  it('has every unit with its limits, who is affected, and the digest', () => {
    const found = asFound(render(resolvePolicy({ 'members/gone.yaml': memberText('gone', 'researcher') })));
    const result = plan(
      found,
      resolvePolicy({
        'groups/student.yaml': groupText(
          'cpu_quota: 1600%, memory_max: 16G, tasks_max: unlimited',
          '  per_member: { io_weight: 50 }\n',
        ),
        'members/new.yaml': memberText(
          'new',
          'researcher',
          'expires: 2027-03-31\nlimits: { per_member: { memory_max: 64G } }\n',
        ),
      }),
    );
    expect(planText(result, label, plain)).toBe(
      `\
+ ds01-researcher-new.slice  new in researcher, policy/members/new.yaml:2
+ ds01-researcher-new.slice.d/50-ds01-policy.conf  own limits of new, policy/members/new.yaml:2
    MemoryMax  none -> 64G  limit imposed for the first time  policy/members/new.yaml:6
~ ds01-student.slice  all members of student together, policy/groups/student.yaml:1
    MemoryMax         32G -> 16G          limit falls    policy/groups/student.yaml:3
    TasksMax          65536 -> unlimited  limit removed  policy/groups/student.yaml:3
    container cpus    16 -> none          limit removed  policy/groups/student.yaml:1
    container memory  32G -> none         limit removed  policy/groups/student.yaml:1
    Description  ds01 student: Students, and everybody who is not listed -> ds01 student: a group
~ ds01-student-.slice.d/50-ds01-policy.conf  each member of student, policy/groups/student.yaml:1
    IOWeight  none -> 50  limit falls  policy/groups/student.yaml:4
- ds01-researcher-gone.slice  gone in researcher

who
  gone@hertie-school.lan  goes back: researcher -> student, no member file lists it any more
  new@hertie-school.lan   gains: student -> researcher, until 2027-03-31                      policy/members/new.yaml:2

on 2026-06-15: 2 to create, 2 to update, 1 to remove; 1 limit imposed for the first time; 2 limits fall; 3 limits removed
digest ${result.digest}
`,
    );
  });

  it('says that nothing differs', () => {
    const resolved = resolvePolicy();
    expect(planText(plan(asFound(render(resolved)), resolved), label, plain)).toBe('nothing differs\n');
  });

  it('says what speaks against it, what is in the way, and what is left alone', () => {
    const others: readonly FoundFile[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => {
      return { kind: 'file', path: `ds01-${name}.slice`, text: '' };
    });
    const found = asFound(render(resolvePolicy(memberTexts(8, 'student')))).map((file) => {
      return file.path === 'ds01-student.slice' && file.kind === 'file' ? { ...file, text: '' } : file;
    });
    const text = planText(plan([...found, ...others], resolvePolicy()), label, plain);
    expect(text).toContain(`
not ours, and in the way
  ds01-student.slice exists and was not written by ds01-policy
    apply refuses while it is there: move it away if policy shall decide about this slice

refused
  removes 8 of 10 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003, m004, m005, m006, m007, m008 [mass-removal]
    remove at most 2 member files in one change

left alone: 7 files of site "ds01" that ds01-policy did not write: ds01-a.slice, ds01-b.slice, ds01-c.slice, ds01-d.slice, ds01-e.slice and 2 more
`);
    const [one] = others;
    expect(planText(plan(one ? [one] : [], resolvePolicy()), label, plain)).toContain(
      'left alone: 1 file of site "ds01" that ds01-policy did not write: ds01-a.slice\n',
    );
  });

  it('paints what falls and what goes as errors', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const before = resolvePolicy({
      'groups/student.yaml': groupText(GROUP),
      'members/gone.yaml': memberText('gone', 'student'),
    });
    const after = {
      'groups/student.yaml': groupText('cpu_quota: 3200%, memory_max: 16G, tasks_max: unlimited, allowed_cpus: "0-3"'),
    };
    const painted = planText(plan(asFound(render(before)), resolvePolicy(after)), label, paint);
    expect(painted.split('\n').map((line) => line.replace(/>[^<]*</g, '> <'))).toEqual([
      '<warning> </> <faint> </>',
      '<good> </>',
      '<error> </>',
      '<error> </>',
      '<warning> </>',
      '<removed> </> <faint> </>',
      '',
      '<strong> </>',
      expect.stringMatching(/^digest/),
      '',
    ]);
    const first = planText(plan([], resolvePolicy()), label, paint);
    expect(first).toMatch(/^<added>\+ ds01[.]slice<[/]>/);
    const same = resolvePolicy();
    expect(planText(plan(asFound(render(same)), same), label, paint)).toBe('<good>nothing differs</>\n');
  });

  it('keeps text from the host and from policy on its line, and in its direction', () => {
    const text = planText(hostilePlan(), label, plain);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    // As many lines as with harmless text.
    expect(text.split('\n').length).toBe(planText(hostilePlan('x'), label, plain).split('\n').length);
  });
});
