import { describe, expect, it } from 'vitest';
import { FollowedPlace } from './followed-place.ts';
import { contents, memberFiles, Place } from './world.ts';

const MANY = memberFiles(4, 'researcher');
const GONE = Object.fromEntries(Object.keys(MANY).map((path) => [path, undefined]));

function answer(objects: string, expires: string): string {
  return `answers:\n  - { guard: mass-removal, objects: [${objects}], reason: The course is over, expires: ${expires} }\n`;
}

describe.concurrent('a guard that stops a change', () => {
  it('lets it pass on a host that follows a branch, if a commit has an answer to exactly this, and records that', async () => {
    const place = await FollowedPlace.following(MANY);
    const held = place.held;
    const others = await place.commit({ ...GONE, 'allow.yaml': answer('m001, m002, m003', '2026-03-31') });
    const refused = await place.tick();
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toMatch(
      /removes 4 of 6 members, .* \[mass-removal\]; .*, or allow exactly this once in policy\/allow\.yaml: answers: \[\{ guard: mass-removal, objects: \[m001, m002, m003, m004\], reason: WHY, expires: YYYY-MM-DD \}\]/,
    );
    expect(place.standing.refused?.commit).toBe(others);
    await place.commit({ 'allow.yaml': answer('m001, m002, m003, m004', '2026-03-01') });
    expect(await place.tick()).toMatchObject({ exitCode: 3, stdout: '' });
    expect(place.held).toEqual(held);
    expect(place.standing.refused).toMatchObject({ exitCode: 3, why: expect.stringContaining('[mass-removal]') });
    const fitting = await place.commit({ 'allow.yaml': answer('m004, m003, m002, m001', '2026-03-02') });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(fitting);
    expect(Object.keys(place.units()).join('\n')).not.toMatch(/-m00[1-4]\.slice/);
    expect(place.records.at(-1)).toMatchObject({
      ...{ kind: 'apply', result: 'applied' },
      answers: [
        {
          guard: 'mass-removal',
          objects: ['m001', 'm002', 'm003', 'm004'],
          ...{ reason: 'The course is over', expires: '2026-03-02' },
        },
      ],
    });
    expect((await place.call('history')).stdout).toContain(
      '\n  allowed once: mass-removal of m001, m002, m003, m004, until 2026-03-02: The course is over\n',
    );
    // It was for these members, on that day: nothing is left that it could let pass.
    await place.commit(MANY);
    await place.tick();
    place.pass({ days: 1 });
    await place.commit(GONE);
    expect(await place.tick()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('[mass-removal]') });
  });

  it('lets it pass in a directory, by its objects or by the digest of the plan', async () => {
    const place = await Place.applied(MANY);
    place.policy(GONE);
    const plan = await place.run('plan --root root --format json');
    const { digest, guards } = JSON.parse(plan.stdout);
    expect(guards).toMatchObject([{ id: 'mass-removal', objects: ['m001', 'm002', 'm003', 'm004'] }]);
    const before = contents(place.at('root'));
    place.policy({ 'allow.yaml': answer('m001, m002, m003, m004', '2020-01-01') });
    const late = await place.run('apply --root root');
    expect(late).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/^refused: removes 4 of 6 members/) });
    expect(contents(place.at('root'))).toEqual(before);
    const answers = `answers: [{ guard: mass-removal, plan: "${digest}", reason: It is over, expires: 9999-12-31 }]\n`;
    place.policy({ 'allow.yaml': answers });
    // What somebody expects is one thing, what policy allows another.
    expect(await place.run(`apply --root root --expect ${'0'.repeat(64)}`)).toMatchObject({ exitCode: 3 });
    expect(contents(place.at('root'))).toEqual(before);
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`
allowed once
  removes 4 of 6 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003, m004 [mass-removal]
    policy/allow.yaml:1: It is over, until 9999-12-31
`);
    expect(place.history().at(-1)).toMatchObject({
      digest,
      answers: [{ guard: 'mass-removal', reason: 'It is over' }],
    });
  });
});
