import { describe, expect, it } from 'vitest';
import { reviewJson } from '../../scripts/report/review-json.ts';
import { reviewMarkdown } from '../../scripts/report/review-markdown.ts';
import { type Review, reviewOf } from '../../scripts/review/review.ts';
import { type ChangeParts, changeOf } from '../support/change-fixture.ts';
import { changeOfMany } from '../support/many-members.ts';
import { groupText, memberText, memberTexts } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;

function review(parts: ChangeParts): Review {
  return reviewOf(changeOf(parts))!;
}

/** Without the digest, which is that of the plan. */
function markdown(parts: ChangeParts): string {
  return reviewMarkdown(review(parts), label).replace(/(?<=: `)[0-9a-f]{64}/, 'DIGEST');
}

describe('a review for a pull request', () => {
  it('of a limit of a group is about the group, not about each of its members', () => {
    const limits = 'cpu_quota: 1600%, memory_max: 64G, tasks_max: 32768';
    const containers = '  per_container: { cpus: 16, memory: 32G }\n';
    const text = markdown({
      both: memberTexts(40, 'student'),
      before: {},
      after: {
        'groups/student.yaml': groupText(limits, containers).replace(
          'a group',
          'Students, and everybody who is not listed',
        ),
      },
    });
    expect(text).toBe(`\
### \`ds01\` on 2026-06-01: 1 group gets something else; 1 limit falls, vanishes or is new

**Groups**

- \`student\` (40 listed accounts and everybody who is not listed), all together: memory 32G → 64G, tasks 65536 → 32768 (\`policy/groups/student.yaml:1\`)

**Limits that fall, vanish or are new**

- \`student\`, all together: tasks 65536 → 32768

**Danger**

- \`student\`, all together: tasks 65536 → 32768: whoever has more cannot start programs or threads until some have ended

<details><summary>1 unit of a host</summary>

| | unit | difference | policy |
|---|---|---|---|
| update | \`ds01-student.slice\` | \`MemoryMax\` \`32G -> 64G\`<br>\`TasksMax\` \`65536 -> 32768\` | \`policy/groups/student.yaml:1\` |

</details>

Digest of a host that has policy as it was before: \`DIGEST\`
`);
  });

  it('says that there is no effect, in one line', () => {
    expect(markdown({ before: {}, after: {} })).toBe('### `ds01` on 2026-06-01: no effect on any host\n');
  });

  it('says what is refused, and what to write to let it pass once', () => {
    expect(markdown({ before: memberTexts(3, 'researcher'), after: {} })).toContain(
      '\n- **refused** by guard `mass-removal`: removes 3 of 5 members, at most 2 &#40;2, or 20 % of all&#41; at a time: m001, m002, m003; ' +
        'remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: ' +
        'answers: &#91;&#123; guard: mass-removal, objects: &#91;m001, m002, m003&#93;, reason: WHY, expires: YYYY-MM-DD &#125;&#93;\n',
    );
  });

  it('of the first policy is for a host that has nothing', () => {
    const text = markdown({});
    expect(text).toMatch(/^### `ds01` on 2026-06-01: the first policy, for 3 accounts and 3 groups\n/);
    expect(text).toContain(
      '\n- `204214` (also `s.kaiser`) has `researcher` without end: CPU 128 cores shared with the group, ',
    );
    expect(text).toMatch(/\nDigest of a host that has no unit yet: `DIGEST`\n$/);
  });

  it('has no plan where nobody knows what a host has', () => {
    const text = markdown({ before: { 'site.yaml': 'x: 1\n' }, after: { 'members/a.yaml': memberText('a', 'admin') } });
    expect(text).toMatch(
      /^### `ds01` on 2026-06-01: policy had errors before, so nobody can tell what this changes on a host\n/,
    );
    expect(text).toContain('\n- `a` has `admin` without end: CPU unlimited shared with the group, ');
    expect(text).not.toMatch(/<details>|Digest/);
  });
});

describe('a review of 5000 accounts', () => {
  const [researcher, student] = ['researcher', 'student'].map((value) => ({ value, place: { file: 'x', line: 1 } }));
  const moves = (count: number) => {
    return changeOfMany(count, (_index, isBefore) => ({ group: isBefore ? student! : researcher! }));
  };
  const different = reviewOf(
    changeOfMany(5000, (index, isBefore) => ({
      ...{ group: isBefore ? student! : researcher!, reason: isBefore ? '' : `reason ${index} of many` },
    })),
  )!;

  it('costs five times as much as one of 1000, and not twenty-five times', () => {
    const [small, large] = [1000, 5000].map(moves).map((change) => {
      // The work of this process alone, and the best of three: others may be busy.
      const costs = Array.from({ length: 3 }, () => {
        const start = process.cpuUsage();
        reviewMarkdown(reviewOf(change)!, label);
        return process.cpuUsage(start).user;
      });
      return Math.min(...costs);
    });
    expect(large! / small!).toBeLessThan(15);
  });

  it('has one sentence if all of them get the same', () => {
    const text = reviewMarkdown(reviewOf(moves(5000))!, label);
    expect(text.length).toBeLessThan(60_000);
    expect(text).toMatch(
      /\n- 5000 accounts move from `student` to `researcher` without end: .*[.] These are `m00001`, .* and 4980 more\n/,
    );
    expect(text).toMatch(/\n\n[0-9]+ of 10000 shown, all of it in the artefact\n\n<[/]details>\n/);
  });

  it.each([2_000, 10_000, 60_000])('says how many of them it shows in %i characters, and cuts none', (longest) => {
    const whole = reviewMarkdown(different, label, Number.POSITIVE_INFINITY).split('\n');
    const text = reviewMarkdown(different, label, longest);
    expect(text.length).toBeLessThanOrEqual(longest);
    if (longest > 2_000) expect(text.length).toBeGreaterThan(longest * 0.9);
    const lines = text.split('\n');
    const notes = lines.filter((line) => / shown, all of it in the artefact$/.test(line));
    expect(notes.map((note) => note.replace(/^[0-9]+/, 'N'))).toEqual([
      'N of 5000 shown, all of it in the artefact',
      'N of 10000 shown, all of it in the artefact',
    ]);
    expect(lines.filter((line) => !notes.includes(line) && !whole.includes(line))).toEqual([]);
    const [who, units] = notes.map((note) => Number(note.split(' ')[0]));
    expect(lines.filter((line) => /^- `m[0-9]{5}` moves/.test(line))).toHaveLength(who!);
    expect(lines.filter((line) => /^[|] (create|remove) /.test(line))).toHaveLength(units!);
    expect(lines.at(-2)).toBe(whole.at(-2));
  });

  it('is whole where nothing limits it', () => {
    const text = reviewMarkdown(reviewOf(moves(5000))!, label, Number.POSITIVE_INFINITY);
    expect(text.match(/`m[0-9]{5}`/g)?.length).toBeGreaterThanOrEqual(5000);
    expect(text).not.toMatch(/ shown|artefact| more\n/);
  });
});

describe('text of policy', () => {
  const hostile =
    '**bold** [a](https://example.org) <img src=x> @lab/leads #1 </details> `code` | www.example.org <!-- x';

  it('stays text, wherever a review says it', () => {
    const member = memberText('a', 'researcher').replace('a reason', JSON.stringify(hostile));
    const answer = { guard: 'mass-removal', plan: 'a'.repeat(64), reason: hostile, expires: '2026-12-31' };
    const parts = {
      before: { 'members/b.yaml': memberText('b', 'researcher') },
      after: {
        'members/a.yaml': member,
        'members/b.yaml': member.replace('[a@', '[b@'),
        'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536').replace(
          'a group',
          JSON.stringify(hostile),
        ),
        'allow.yaml': `${JSON.stringify({ answers: [answer] })}\n`,
      },
    };
    const text = markdown(parts);
    expect(text.match(/bold/g)).toHaveLength(5);
    const rest = text.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, '').replace(/&#[0-9]+;/g, '');
    expect(rest).not.toMatch(/<img|<!--|\]\(|@|#1|https:|www[.]|[*][*]bold|[|] www/);
    expect(rest.match(/<[^>]*>/g)?.filter((tag) => tag !== '<br>')).toEqual([
      '<details>',
      '<summary>',
      '</summary>',
      '</details>',
    ]);
    for (const row of text.split('\n').filter((line) => line.startsWith('|')))
      expect(row.match(/(?<!\\)[|]/g)).toHaveLength(5);
  });
});

it('a review for programs has a version, and all that there is', () => {
  const result = review({ before: {}, after: { 'members/a.yaml': memberText('a', 'researcher') } });
  const json = JSON.parse(reviewJson(result));
  expect(json).toEqual({ version: 1, ...JSON.parse(JSON.stringify(result)) });
  expect(Object.keys(json)).toEqual([
    ...[
      'version',
      'site',
      'accountDomain',
      'today',
      'compared',
      'accounts',
      'groups',
      'falls',
      'dangers',
      'plan',
      'events',
    ],
  ]);
});
