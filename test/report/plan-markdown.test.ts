import { describe, expect, it } from 'vitest';
import { planMarkdown } from '../../scripts/report/plan-markdown.ts';
import { type FoundFile, type Plan, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { HOSTILE, hostilePlan } from '../support/hostile-plan.ts';
import { asFound, groupText, memberText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;

describe('a plan for a pull request', () => {
  it('has who is affected first, then limits that get less, then all units', () => {
    const found = asFound(render(resolvePolicy({ 'members/gone.yaml': memberText('gone', 'researcher') })));
    const result = plan(
      found,
      resolvePolicy({
        'groups/student.yaml': groupText(
          'cpu_quota: 3200%, memory_max: 16G, tasks_max: unlimited, allowed_cpus: "0-3"',
          '  per_container: { cpus: 16, memory: 32G }\n',
        ).replace('a group', 'Students, and everybody who is not listed'),
        'members/new.yaml': memberText('new', 'researcher'),
      }),
    );
    expect(planMarkdown(result, label)).toBe(`\
### Plan for site \`ds01\` on 2026-06-15: 1 to create, 1 to update, 1 to remove; 1 limit imposed for the first time; 1 limit falls; 1 limit removed

**Who:**

- \`gone@hertie-school.lan\` goes back: researcher -&#62; student, no member file lists it any more
- \`new@hertie-school.lan\` gains: student -&#62; researcher, without an end (\`policy/members/new.yaml:2\`)

**Limits that fall, vanish or are new:**

- limit falls: \`MemoryMax\` \`32G -> 16G\` in \`ds01-student.slice\`
- limit removed: \`TasksMax\` \`65536 -> unlimited\` in \`ds01-student.slice\`
- limit imposed for the first time: \`AllowedCPUs\` \`none -> 0-3\` in \`ds01-student.slice\`

| | unit | difference | policy |
|---|---|---|---|
| create | \`ds01-researcher-new.slice\` |  | \`policy/members/new.yaml:2\` |
| update | \`ds01-student.slice\` | \`CPUQuota\` \`1600% -> 3200%\`<br>\`MemoryMax\` \`32G -> 16G\`<br>\`TasksMax\` \`65536 -> unlimited\`<br>\`AllowedCPUs\` \`none -> 0-3\` | \`policy/groups/student.yaml:1\` |
| remove | \`ds01-researcher-gone.slice\` |  |  |

Digest: \`${result.digest}\`
`);
  });

  it('begins with what speaks against it', () => {
    const found = asFound(render(resolvePolicy(memberTexts(8, 'student'))));
    const link: FoundFile = { kind: 'obstacle', path: 'ds01.slice', what: 'a symbolic link' };
    const blocks = planMarkdown(
      plan([...found.filter(({ path }) => path !== link.path), link], resolvePolicy()),
      label,
    ).split('\n\n');
    expect(blocks.slice(1, 5)).toEqual([
      '**Refused:**',
      '- removes 8 of 10 members, at most 2 &#40;2, or 20 % of all&#41; at a time: m001, m002, m003, m004, m005, m006, m007, m008 (`mass-removal`): remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: answers: &#91;&#123; guard: mass-removal, objects: &#91;m001, m002, m003, m004, m005, m006, m007, m008&#93;, reason: WHY, expires: YYYY-MM-DD &#125;&#93;',
      '**In the way:**',
      '- `ds01.slice` is a symbolic link',
    ]);
  });

  it('says which guard policy has an answer to, why, and until when', () => {
    const objects = 'm001, m002, m003, m004, m005, m006, m007, m008';
    const answer = `{ guard: mass-removal, objects: [${objects}], reason: "*Over*", expires: 2026-12-31 }`;
    const found = asFound(render(resolvePolicy(memberTexts(8, 'student'))));
    const blocks = planMarkdown(plan(found, resolvePolicy({ 'allow.yaml': `answers: [${answer}]\n` })), label).split(
      '\n\n',
    );
    expect(blocks.slice(1, 3)).toEqual([
      '**Allowed once:**',
      `- removes 8 of 10 members, at most 2 &#40;2, or 20 % of all&#41; at a time: ${objects} (\`mass-removal\`): &#42;Over&#42;, until 2026-12-31 (\`policy/allow.yaml:1\`)`,
    ]);
  });

  it('says what others have done to a limit, what is kept, and what the machine cannot do', () => {
    const found = asFound(render(resolvePolicy()));
    const control = '/run/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
    const left: FoundFile = { kind: 'file', path: control, text: '[Slice]\nTasksMax=512\n' };
    const result: Plan = {
      ...plan([...found, left], resolvePolicy()),
      draining: [{ slice: 'ds01-student-m001.slice', to: 'ds01-researcher-m001.slice', work: ['container a_b'] }],
      verified: {
        unenforced: [
          { key: 'IOWeight', wanted: '50', slices: ['ds01-student.slice'], why: 'the kernel has no io.weight here' },
        ],
        inKernel: { limits: 1, slices: 1 },
        inSystemd: { limits: 0, slices: 0 },
      },
    };
    expect(planMarkdown(result, label)).toBe(`\
### Plan for site \`ds01\` on 2026-06-15: 0 to create, 0 to update, 0 to remove, 1 to clear

**Somebody else has the last word:**

- TasksMax of ds01-student.slice is 512, policy says 65536: ${control} wins, written by systemctl set-property; apply takes it away and keeps a copy

**Still in use, and given up by policy:**

- ds01-student-m001.slice keeps its limits until these have ended or were made anew: container a&#95;b; new work goes to ds01-researcher-m001.slice

**Not enforced by this machine:**

- IOWeight 50 of ds01-student.slice: the kernel has no io.weight here

| | unit | difference | policy |
|---|---|---|---|
| clear | \`${control}\` | \`TasksMax\` \`512 -> 65536\` |  |

Digest: \`${result.digest}\`
`);
  });

  it('says that nothing differs', () => {
    const resolved = resolvePolicy();
    expect(planMarkdown(plan(asFound(render(resolved)), resolved), label)).toBe(
      '### Plan for site `ds01` on 2026-06-15: nothing differs\n',
    );
  });
});

describe('text from the host and from policy', () => {
  // What is left when code spans and entities are taken away is what the program itself has written.
  function skeleton(markdown: string): string {
    return markdown.replace(/(?<!`)(`+)(?!`)(.*?[^`]|)\1(?!`)/g, '<code>').replace(/&#[0-9]+;/g, '');
  }

  it('stays text: it does not get out of its code span, its cell, its line', () => {
    const [hostile, harmless] = [planMarkdown(hostilePlan(), label), planMarkdown(hostilePlan('x'), label)];
    expect(hostile.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const [lines, expected] = [hostile.split('\n').map(skeleton), harmless.split('\n').map(skeleton)];
    expect(lines.length).toBe(expected.length);
    for (const [index, line] of lines.entries()) {
      // Words may differ, the marks that Markdown reads must not.
      const marks = (of: string) => of.replaceAll('<code>', '').replace(/[^`*_[\]<>()#!|~@&$]/g, '');
      expect(marks(line)).toBe(marks(expected[index] ?? ''));
    }
  });

  it('cannot add a cell: every row has the four of the table', () => {
    const rows = planMarkdown(hostilePlan(), label)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows.length).toBe(7);
    for (const row of rows) expect(row.match(/(?<!\\)[|]/g)?.length).toBe(5);
  });

  it.each([
    ['', '`  `'],
    ['a', '`a`'],
    ['`', '`` ` ``'],
    ['``a', '``` ``a ```'],
    ['a`b', '``a`b``'],
    ['a|b', '`a|b`'],
    [' a ', '`  a  `'],
    ['a\n\n# b', '`a # b`'],
    [HOSTILE.slice(0, 3), '`a\\u{1b}[`'],
  ])('in a code span: %j', (value, span) => {
    const markdown = planMarkdown({ ...hostilePlan('x'), site: value }, label);
    expect(markdown.split('\n')[0]).toContain(`### Plan for site ${span} on 2026-06-15`);
  });
});
