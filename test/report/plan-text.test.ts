import { describe, expect, it } from 'vitest';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { planText } from '../../scripts/report/plan-text.ts';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { textsIn } from '../support/carry-out.ts';
import { hostilePlan } from '../support/hostile-plan.ts';
import { obedientHost } from '../support/live-survey.ts';
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
      return { kind: 'file', path: `ds01-${name}.slice`, text: '[Slice]\nTasksMax=5\n' };
    });
    const found = asFound(render(resolvePolicy(memberTexts(8, 'student')))).map((file): FoundFile => {
      if (file.path === 'ds01.slice') return { kind: 'obstacle', path: file.path, what: 'a symbolic link' };
      return file.path === 'ds01-student.slice' && file.kind === 'file' ? { ...file, text: '' } : file;
    });
    const text = planText(plan([...found, ...others], resolvePolicy()), label, plain);
    expect(text).toContain(`
written by somebody else: apply --adopt takes it over and keeps a copy
  ds01-student.slice

not ours, and in the way
  ds01.slice is a symbolic link
    apply refuses while it is there: move it away if policy shall decide about this slice

refused
  removes 8 of 10 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003, m004, m005, m006, m007, m008 [mass-removal]
    remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, objects: [m001, m002, m003, m004, m005, m006, m007, m008], reason: WHY, expires: YYYY-MM-DD }]

left alone: 7 files of site "ds01" that ds01-policy did not write: ds01-a.slice, ds01-b.slice, ds01-c.slice, ds01-d.slice, ds01-e.slice and 2 more
`);
    const [one] = others;
    expect(planText(plan(one ? [one] : [], resolvePolicy()), label, plain)).toContain(
      'left alone: 1 file of site "ds01" that ds01-policy did not write: ds01-a.slice\n',
    );
  });

  it('says which guard policy has an answer to, why, and until when', () => {
    const answer =
      '{ guard: mass-removal, objects: [m001, m002, m003], reason: The course is over, expires: 2026-12-31 }';
    const found = asFound(render(resolvePolicy(memberTexts(3, 'student'))));
    const text = planText(plan(found, resolvePolicy({ 'allow.yaml': `answers:\n  - ${answer}\n` })), label, plain);
    expect(text).toContain(`
allowed once
  removes 3 of 5 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003 [mass-removal]
    policy/allow.yaml:2: The course is over, until 2026-12-31

on 2026-06-15: `);
    expect(text).not.toContain('refused');
  });

  it('counts units that limit nothing: other tools make them, and nobody needs their names', () => {
    const units = (count: number): readonly FoundFile[] => {
      const names = Array.from({ length: count }, (_, index) => `ds01-student-x${index}.slice`);
      return names.map((path) => ({ kind: 'file', path, text: '[Slice]\nCPUAccounting=yes\n' }));
    };
    const resolved = resolvePolicy();
    const text = (count: number) =>
      planText(plan([...asFound(render(resolved)), ...units(count)], resolved), label, plain);
    expect(text(1)).toBe(
      'left alone: 1 unit of site "ds01" without any limit, made by other tools\n\nnothing differs\n',
    );
    expect(text(200)).toMatch(/^left alone: 200 units of site "ds01" without any limit/);
  });

  it('has what others have done to a limit, what is kept for whom, and what the machine cannot do', () => {
    const own = 'expires: never\nlimits: { per_member: { io_weight: 50 } }\n';
    const found = asFound(render(resolvePolicy({ 'members/m001.yaml': memberText('m001', 'researcher', own) })));
    const path = '/run/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
    const host: readonly FoundFile[] = [...found, { kind: 'file', path, text: '[Slice]\nTasksMax=512\n' }];
    const running = { 'ds01-researcher-m001.slice': { work: ['session-4.scope'] } };
    const policy = resolvePolicy({ 'members/m001.yaml': memberText('m001', 'student') });
    const result = plan(host, policy, obedientHost(textsIn(host), running, 'v1'));
    expect(planText(result, label, plain)).toBe(`\
~ ds01-researcher-m001.slice  kept for what still runs in it, policy/members/m001.yaml:2
~ ds01-researcher-m001.slice.d/50-ds01-policy.conf  kept for what still runs in it, policy/members/m001.yaml:2
+ ds01-student-m001.slice  m001 in student, policy/members/m001.yaml:2
- ${path}  written by systemctl set-property
    TasksMax  512 -> 65536  limit rises  policy/groups/student.yaml:6

who
  m001@hertie-school.lan  goes back: researcher -> student, the member file says so  policy/members/m001.yaml:2

somebody else has the last word
  TasksMax of ds01-student.slice is 512, policy says 65536: ${path} wins, written by systemctl set-property
    policy/groups/student.yaml:6; apply takes it away and keeps a copy

still in use, and given up by policy
  ds01-researcher-m001.slice keeps its limits until these have ended or were made anew: session-4.scope; new work goes to ds01-student-m001.slice

not enforced by this machine
  IOWeight 50 of ds01-researcher-m001.slice: nothing in cgroup v1 says that it is enforced

on 2026-06-15: 1 to create, 2 to update, 0 to remove, 1 to clear
digest ${result.digest}
`);
  });

  it('says what was found in force where nothing differs, and has no digest where nothing is to be written', () => {
    const resolved = resolvePolicy();
    const found = asFound(render(resolved));
    const live = obedientHost(textsIn(found), { 'ds01-student.slice': {} });
    expect(planText(plan(found, resolved, live), label, plain)).toBe(
      'nothing differs\nverified: 3 limits of 1 slice in the kernel; 6 limits of 2 slices in systemd, because nothing runs there\n',
    );
    const stale = { ...live, show: live.show.replace('TasksMax=65536', 'TasksMax=512') };
    expect(planText(plan(found, resolved, stale), label, plain)).toMatch(
      /\n\non 2026-06-15: 1 limit to bring into force by a reload\n$/,
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
