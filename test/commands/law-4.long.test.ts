import { Buffer } from 'node:buffer';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import type { Clock } from '../../scripts/policy/calendar.ts';
import { check } from '../../scripts/policy/check.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { resolve } from '../../scripts/policy/resolve.ts';
import { plain } from '../../scripts/report/paint.ts';
import { planText } from '../../scripts/report/plan-text.ts';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { POLICY } from '../support/repository.ts';
import { listing, Place, POLICY_OF_THE_TESTS, UNITS } from './world.ts';

/** How policy with a damaged file comes out. */
type Outcome =
  | { readonly kind: 'refused' }
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly text: string };

const clock: Clock = { kind: 'day', day: '2026-03-01' };

class Damage {
  readonly files: readonly PolicyFile[];
  readonly found: readonly FoundFile[];

  constructor(folder: string) {
    this.files = filesOf(folder);
    const { policy } = check(this.files, clock);
    if (!policy) throw new Error(`the policy in ${folder} has errors`);
    this.found = render(resolve(policy, clock)).map(({ path, text }) => ({ kind: 'file', path, text }));
  }

  /** What would happen on a host where the whole policy was applied before. */
  outcome(path: string, damaged: PolicyFile | undefined): Outcome {
    const others = this.files.filter((file) => file.path !== path);
    const { findings, policy } = check(damaged ? [...others, damaged] : others, clock);
    if (!policy) {
      expect(findings.some(({ severity }) => severity === 'error')).toBe(true);
      return { kind: 'refused' };
    }
    const next = plan(this.found, resolve(policy, clock));
    return next.changes.length === 0
      ? { kind: 'same' }
      : { kind: 'differs', text: planText(next, (file) => file, plain) };
  }

  cut(path: string, length: number): Outcome {
    return this.outcome(path, { path, kind: 'file', bytes: bytesOf(this.files, path).subarray(0, length) });
  }
}

function bytesOf(files: readonly PolicyFile[], path: string): Uint8Array {
  const file = files.find((candidate) => candidate.path === path);
  if (file?.kind !== 'file') throw new Error(`${path} is not a file`);
  return file.bytes;
}

const endsLine = (bytes: Uint8Array, length: number) => bytes[length - 1] === 10;

/** What is left of a file has no meaning less: only comments and empty lines are gone. */
const isComment = (rest: string) => rest.split('\n').every((line) => /^\s*(#.*)?$/.test(line));

const filesOf = (folder: string) => readPolicyFolder(folder).filter(({ path }) => path !== 'README.md');

// As long as nobody has edited the policy of record, the two are one, and it is enough to look at it once.
const edited = JSON.stringify(filesOf(POLICY)) !== JSON.stringify(filesOf(POLICY_OF_THE_TESTS));

const policies: readonly (readonly [string, string])[] = edited
  ? [
      ['the policy of record', POLICY],
      ['the policy of these tests', POLICY_OF_THE_TESTS],
    ]
  : [['the policy of record', POLICY_OF_THE_TESTS]];

describe.each(policies)('Law 4: %s', (_name, folder) => {
  const damage = new Damage(folder);
  const paths = damage.files.map(({ path }) => path);

  it('has files, and is as it was applied', () => {
    expect(paths).toContain('site.yaml');
    expect(paths.length).toBeGreaterThanOrEqual(6);
    expect(damage.outcome('nothing', undefined)).toEqual({ kind: 'same' });
  });

  it('cut at any byte, is refused, or says in words what went', () => {
    const counts = { refused: 0, same: 0, differs: 0 };
    for (const path of paths) {
      const bytes = bytesOf(damage.files, path);
      for (let length = 0; length < bytes.length; length++) {
        const outcome = damage.cut(path, length);
        counts[outcome.kind]++;
        if (outcome.kind === 'refused') continue;
        const rest = Buffer.from(bytes.subarray(length)).toString();
        expect(endsLine(bytes, length), `${path} cut at ${length}: ${rest}`).toBe(true);
        // What changes nothing on the host does no harm; here it can only be a comment.
        if (outcome.kind === 'same' && folder === POLICY_OF_THE_TESTS) expect(isComment(rest)).toBe(true);
        if (outcome.kind === 'same') continue;
        expect(outcome.text, `${path} cut at ${length}`).toMatch(
          /limit (removed|falls|rises)|goes back: |moves: |gains: /,
        );
      }
    }
    const all = paths.reduce((sum, path) => sum + bytesOf(damage.files, path).length, 0);
    expect(counts.refused + counts.same + counts.differs).toBe(all);
    expect(counts.refused).toBeGreaterThan(all * 0.9);
    // What two of the groups say last are limits of containers, which nobody has to state.
    if (folder === POLICY_OF_THE_TESTS) expect(counts).toEqual({ refused: all - 2, same: 0, differs: 2 });
  });

  it('with a file that nobody can read, is refused', () => {
    for (const path of paths) {
      const unreadable = { kind: 'unusable', path, rule: 'file-unreadable', reason: 'EACCES', fix: '' } as const;
      expect(damage.outcome(path, unreadable), path).toEqual({ kind: 'refused' });
    }
  });

  it('with a file deleted, is refused, or says in words who went', () => {
    const outcomes = paths.map((path) => ({ path, outcome: damage.outcome(path, undefined) }));
    for (const { path, outcome } of outcomes) {
      if (path === 'site.yaml') expect(outcome.kind).toBe('refused');
      if (outcome.kind === 'same') expect(path).toMatch(/^members\//);
      if (outcome.kind !== 'differs') continue;
      expect(outcome.text).toMatch(
        path.startsWith('members/') ? /no member file lists it any more|limit removed/ : /limit removed/,
      );
    }
    expect(outcomes.filter(({ outcome }) => outcome.kind === 'refused').length).toBeGreaterThan(0);
  });
});

describe('Law 4: what a cut takes', () => {
  const damage = new Damage(POLICY_OF_THE_TESTS);

  it('is named: the limits of containers', () => {
    const bytes = bytesOf(damage.files, 'groups/student.yaml');
    const at = Buffer.from(bytes).indexOf('  per_container:');
    const outcome = damage.cut('groups/student.yaml', at);
    expect(
      outcome.kind === 'differs' && outcome.text,
    ).toContain(`~ ds01-student.slice  all members of student together, groups/student.yaml:2
    container cpus    16 -> none   limit removed  groups/student.yaml:2
    container memory  32G -> none  limit removed  groups/student.yaml:2
`);
  });

  it('is nothing where it was a comment', () => {
    for (const path of damage.files.map((file) => file.path)) {
      const whole = Buffer.concat([bytesOf(damage.files, path), Buffer.from('# a word at the end\n\n')]);
      const kinds = [...whole.keys()]
        .filter((length) => length >= bytesOf(damage.files, path).length)
        .map((length) => damage.outcome(path, { path, kind: 'file', bytes: whole.subarray(0, length) }).kind);
      // Before the comment, after its line, and nowhere in between: half a line may be half a limit.
      expect(kinds, path).toEqual(['same', ...Array(19).fill('refused'), 'same']);
    }
  });

  it('is named: a member', () => {
    const outcome = damage.outcome('members/204214.yaml', undefined);
    expect(outcome.kind === 'differs' && outcome.text).toContain(`who
  204214@hertie-school.lan    goes back: researcher -> student, no member file lists it any more
  s.kaiser@hertie-school.lan  goes back: researcher -> student, no member file lists it any more
`);
    for (const path of [
      'site.yaml',
      'groups/student.yaml',
      'groups/researcher.yaml',
      'groups/admin.yaml',
      'members/datasciencelab.yaml',
    ]) {
      expect(damage.outcome(path, undefined), path).toEqual({ kind: 'refused' });
    }
  });
});

describe('Law 4: the process', () => {
  const files = readPolicyFolder(POLICY_OF_THE_TESTS).flatMap((file) => (file.kind === 'file' ? [file] : []));
  const damage = new Damage(POLICY_OF_THE_TESTS);
  // One file of each kind: all ends of lines, and two places in a line. Every other byte was looked at above, which is quicker.
  const KINDS = ['site.yaml', 'groups/student.yaml', 'members/204214.yaml'];
  const cuts = KINDS.flatMap((path) => {
    const bytes = bytesOf(damage.files, path);
    const ends = [...bytes.keys()].filter((length) => endsLine(bytes, length));
    const others = [Math.floor(bytes.length / 3), bytes.length - 1];
    return [...new Set([...ends, ...others])].sort((a, b) => a - b).map((length) => ({ path, length }));
  });

  it('writes nothing when policy is refused, and otherwise what plan said', async () => {
    const kinds = { refused: 0, same: 0, differs: 0 };
    const runners = Array.from({ length: 4 }, async (_, runner) => {
      const place = await Place.applied();
      const before = listing(place.at('root'));
      for (const { path, length } of cuts.filter((_cut, index) => index % 4 === runner)) {
        const whole = readFileSync(place.at('policy', path));
        writeFileSync(place.at('policy', path), whole.subarray(0, length));
        const expected = damage.cut(path, length);
        kinds[expected.kind]++;
        // What is refused must be refused by the verb that writes.
        const verb = expected.kind === 'refused' ? 'apply' : 'plan';
        const { exitCode, stdout, stderr } = await place.run(`${verb} --root root`);
        writeFileSync(place.at('policy', path), whole);
        const where = `${path} cut at ${length}`;
        expect(exitCode, where).toBe(expected.kind === 'refused' ? 1 : 0);
        if (expected.kind === 'refused') expect(stderr, where).toContain('\npolicy has errors: nothing was changed\n');
        if (expected.kind === 'differs') expect(stdout, where).toContain('limit removed');
        expect(listing(place.at('root')), where).toEqual(before);
      }
    });
    await Promise.all(runners);
    expect(kinds).toEqual({ refused: cuts.length - 1, same: 0, differs: 1 });
  });

  it('writes nothing when a file is gone, and says who went', async () => {
    const place = await Place.applied();
    const before = listing(place.at('root'));
    rmSync(place.at('policy/groups/researcher.yaml'));
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('policy/members/204214.yaml:3:8: error: group "researcher" does not exist [group-exists]');
    rmSync(place.at('policy'), { recursive: true });
    expect((await place.run('apply --root root')).exitCode).toBe(1);
    expect(listing(place.at('root'))).toEqual(before);
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) console.warn('skipped: policy files that cannot be read; root reads everything');
  it.skipIf(isRoot)('writes nothing when a file or a folder cannot be read', async () => {
    const place = await Place.applied();
    const before = listing(place.at('root', UNITS));
    for (const path of [...files.map((file) => file.path), 'members', 'groups', '.']) {
      const mode = path.endsWith('.yaml') ? 0o644 : 0o755;
      chmodSync(join(place.at('policy'), path), 0o000);
      const { exitCode, stderr } = await place.run('apply --root root');
      chmodSync(join(place.at('policy'), path), mode);
      expect(exitCode, path).toBe(1);
      expect(stderr, path).toContain('cannot be read: EACCES');
      expect(listing(place.at('root', UNITS)), path).toEqual(before);
    }
  });
});
