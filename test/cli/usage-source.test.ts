import { describe, expect, it } from 'vitest';
import { isOfSite, type Observer, type UsageQuestion, UsageSource } from '../../scripts/cli/usage-source.ts';
import type { Look } from '../../scripts/diagnosis/sighting.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import type { Usage } from '../../scripts/report/top.ts';
import { ACCOUNT, CONTAINER, CONTAINER_ID, GROUP, RESEARCHERS, SITE, told } from '../support/case-fixture.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

const PATHS = [SITE, GROUP, ACCOUNT, CONTAINER, RESEARCHERS];
const RESOLVED = resolvePolicy();
const QUESTION: UsageQuestion = { host: 'node1', resolved: RESOLVED, showIdle: false };

/** A machine on which each cgroup uses a core; Docker answers what it is told to, when it is told to. */
class Machine implements Observer {
  /** Milliseconds. */
  at = 5000;
  asked = 0;
  paths: readonly string[] = PATHS;
  answer: (answer: Told<string>) => void = () => undefined;

  look(): Look {
    const files = new Map([['cpu.stat', `usage_usec ${this.at * 1000}`]]);
    const cgroups = this.paths.map((path) => ({ path, files }));
    return { at: this.at, version: 'v2', cgroups, processes: [], proc: new Map() };
  }

  askContainerNames(): Promise<Told<string>> {
    this.asked += 1;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  /** The next look so many seconds later. */
  later(source: UsageSource, seconds: number): Usage {
    this.at += seconds * 1000;
    return source.next();
  }
}

function labels({ roots }: Usage): readonly string[] {
  const all = (nodes: Usage['roots']): readonly string[] =>
    nodes.flatMap((node) => [node.label, ...all(node.children)]);
  return all(roots);
}

describe('of the site', () => {
  it.each([
    ...[...PATHS, `${ACCOUNT}/a.service`, `/docker/${CONTAINER_ID}`, `/system.slice/docker-${CONTAINER_ID}.scope`].map(
      (path) => [path, true] as const,
    ),
    ...['/', '/user.slice', '/system.slice/ssh.service', '/ds01x.slice', '/system.slice/ds01.slice'].map(
      (path) => [path, false] as const,
    ),
  ])('%s: %s', (path, expected) => {
    expect(isOfSite(path, 'ds01')).toBe(expected);
  });
});

describe('each look', () => {
  it('says what happened since the one before', () => {
    const machine = new Machine();
    const source = new UsageSource(QUESTION, machine);
    const first = machine.later(source, 1);
    expect(first).toMatchObject({ host: 'node1', site: 'ds01', seconds: 1, showIdle: false, notes: [] });
    expect(first.roots.map(({ meter }) => meter.cpu?.cores)).toEqual([1]);
    const second = machine.later(source, 4);
    expect(second.seconds).toBe(4);
    expect(second.roots.map(({ meter }) => meter.cpu?.cores)).toEqual([1]);
    expect(Math.abs(second.at - Date.now())).toBeLessThan(60_000);
  });

  it('is about all, or about somebody', () => {
    const machine = new Machine();
    expect(labels(machine.later(new UsageSource(QUESTION, machine), 1))).toEqual([
      ...['ds01', 'researcher', 'student', '100001', CONTAINER_ID.slice(0, 12)],
    ]);
    const focus = { kind: 'account', entitlement: entitlementOf(RESOLVED, '100001') } as const;
    const usage = machine.later(new UsageSource({ ...QUESTION, focus, showIdle: true }, machine), 1);
    expect(labels(usage)).toEqual(['ds01', 'student', '100001', CONTAINER_ID.slice(0, 12)]);
    expect(usage).toMatchObject({ focus, showIdle: true });
  });

  it('that fails, fails', () => {
    const machine = new Machine();
    const source = new UsageSource(QUESTION, machine);
    machine.look = () => {
      throw new Error('gone');
    };
    expect(() => source.next()).toThrow('gone');
  });
});

describe('names of containers', () => {
  const TRAIN = told(`${CONTAINER_ID} train\n`);

  it('are there with the next look after Docker has said them, which nothing waits for', async () => {
    const machine = new Machine();
    const source = new UsageSource(QUESTION, machine);
    expect(labels(machine.later(source, 1))).not.toContain('train');
    machine.answer(TRAIN);
    await source.namesKnown();
    expect(labels(machine.later(source, 1))).toContain('train');
  });

  it('are asked for at once, then every ten seconds, and never twice at the same time', async () => {
    const machine = new Machine();
    const source = new UsageSource(QUESTION, machine);
    expect(machine.asked).toBe(1);
    machine.later(source, 30);
    expect(machine.asked).toBe(1);
    machine.answer(TRAIN);
    await source.namesKnown();
    machine.later(source, 1);
    expect(machine.asked).toBe(2);
    machine.answer(TRAIN);
    await source.namesKnown();
    machine.later(source, 9.9);
    expect(machine.asked).toBe(2);
    machine.later(source, 0.1);
    expect(machine.asked).toBe(3);
  });

  it('that Docker does not say are missed, and those that it said before are kept', async () => {
    const machine = new Machine();
    const source = new UsageSource(QUESTION, machine);
    machine.answer(TRAIN);
    await source.namesKnown();
    machine.later(source, 20);
    machine.answer({ kind: 'silent', why: 'docker did not answer within 3 s' });
    await source.namesKnown();
    const usage = machine.later(source, 1);
    expect(usage.notes).toEqual(['names of containers are not known: docker did not answer within 3 s']);
    expect(labels(usage)).toContain('train');
    machine.later(source, 10);
    machine.answer(TRAIN);
    await source.namesKnown();
    expect(machine.later(source, 1).notes).toEqual([]);
  });

  it.each([
    ['nobody may ask', { kind: 'silent', why: 'docker ps exits 1: permission denied' }, PATHS, 1],
    ['there is no Docker', { kind: 'absent', why: 'docker is not installed' }, PATHS, 0],
    ['there is no container', { kind: 'silent', why: 'docker ps exits 1' }, [SITE, GROUP], 0],
  ] as const)('where %s', async (_what, answer, paths, notes) => {
    const machine = new Machine();
    machine.paths = paths;
    const source = new UsageSource(QUESTION, machine);
    machine.answer(answer);
    await source.namesKnown();
    const usage = machine.later(source, 1);
    expect(usage.notes).toHaveLength(notes);
    if (notes > 0) {
      expect(usage.notes[0]).toBe(`names of containers are not known: ${answer.why}; root or the group docker sees it`);
    }
  });
});
