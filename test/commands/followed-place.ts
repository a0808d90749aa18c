import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Command } from '../../scripts/cli/command.ts';
import { exitCodeOf } from '../../scripts/cli/exit-code-of.ts';
import type { HistoryRecord, Standing, WordEvent } from '../../scripts/follow/record.ts';
import type { RunReport } from '../../scripts/follow/run-report.ts';
import { appendEvent } from '../../scripts/host/history.ts';
import { messageOf } from '../../scripts/host/host-failure.ts';
import { makeStateFolder } from '../../scripts/host/unit-writer.ts';
import { plain } from '../../scripts/report/paint.ts';
import { GitWorld } from '../support/git-world.ts';
import type { Run } from '../support/run-cli.ts';
import { contents, Place, POLICY_OF_THE_TESTS, UNITS } from './world.ts';

/** Texts of policy files by path; `undefined` takes one away. */
export type PolicyTexts = Readonly<Record<string, string | undefined>>;

/** What can be said to a host that follows a branch. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  apply: async () => (await import('../../scripts/apply.ts')).apply,
  fetch: async () => (await import('../../scripts/fetch.ts')).fetch,
  history: async () => (await import('../../scripts/history.ts')).history,
  pause: async () => (await import('../../scripts/pause.ts')).pause,
  plan: async () => (await import('../../scripts/plan.ts')).plan,
  resume: async () => (await import('../../scripts/resume.ts')).resume,
  status: async () => (await import('../../scripts/status.ts')).status,
  sync: async () => (await import('../../scripts/sync.ts')).sync,
  trust: async () => (await import('../../scripts/trust.ts')).trust,
};

/** When the stories begin: noon in the site's time zone. */
const BEGIN = '2026-03-02T11:00:00.000Z';

const STATE = 'root/var/lib/ds01-policy';
const FETCHED = 'root/var/lib/ds01-policy-fetch';

/**
 * A place whose root follows the branch `main` of a world. `run` starts the program; `call` runs a verb of it in this
 * process, where the clock is the one of the place.
 */
export class FollowedPlace extends Place {
  readonly world: GitWorld;
  now = new Date(BEGIN);

  private constructor(world: GitWorld, settings: string) {
    super();
    this.world = world;
    this.configure(settings);
  }

  /** A host that was installed and has not run yet. */
  static async installed(texts: PolicyTexts = {}, settings = ''): Promise<FollowedPlace> {
    const place = new FollowedPlace(await GitWorld.make(filesOf(texts)), settings);
    await makeStateFolder(place.at('root'));
    await place.record({ kind: 'install', by: 'root', remote: 'somewhere' });
    return place;
  }

  /** A host that has applied the first commit; what is applied once in a test file is copied from then on. */
  static async following(texts: PolicyTexts = {}, settings = ''): Promise<FollowedPlace> {
    const key = JSON.stringify(texts);
    const seed = seeds.get(key) ?? followSeed(texts);
    seeds.set(key, seed);
    const [{ now, folder }, world] = await Promise.all([seed, GitWorld.make(filesOf(texts))]);
    const place = new FollowedPlace(world, settings);
    // A program of its own is quicker than node for so many small files.
    await execa('cp', ['-a', join(folder, 'root'), place.folder]);
    place.configure(settings);
    place.now = now;
    return place;
  }

  /** Writes the configuration of the host; `settings` are lines of YAML beside those that have to be there. */
  configure(settings: string, trust = 'none'): void {
    const text = `version: 1\nremote: ${this.world.remote}\nhost: ds01\ntrust: ${trust}\n${settings}`;
    this.write('root/etc/ds01-policy/config.yaml', text);
  }

  /** Records something as if it had happened now. */
  async record(event: WordEvent): Promise<void> {
    await appendEvent(this.at('root'), { version: 1, at: this.now.toISOString(), ...event });
  }

  /** Lets time go by. */
  pass({ days = 0, hours = 0, minutes = 0 }): void {
    this.now = new Date(this.now.getTime() + ((days * 24 + hours) * 60 + minutes) * 60_000);
  }

  /** Commits policy to the branch, and gives the name of the commit. */
  async commit(texts: PolicyTexts, more: { readonly sshKey?: string; readonly amend?: boolean } = {}): Promise<string> {
    const files = Object.entries(texts).map(([path, text]) => [`policy/${path}`, text] as const);
    return await this.world.commit('a change', { files: Object.fromEntries(files), ...more });
  }

  /** Commits another text in the place of one in a policy file, where it has to be. */
  async change(path: string, before: string, after: string): Promise<string> {
    const text = readFileSync(join(this.world.work, 'policy', path), 'utf8');
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    return await this.commit({ [path]: text.replaceAll(before, after) });
  }

  /** A commit that does no harm: students may have twice as many tasks. */
  async changeTasks(): Promise<string> {
    return await this.change('groups/student.yaml', '65536', '131072');
  }

  /** What somebody with root does to a unit of ours instead of opening a pull request. */
  meddle(): void {
    const unit = join('root', UNITS, 'ds01-student.slice');
    this.write(unit, this.text(unit).replace(/TasksMax=.*/, 'TasksMax=512'));
  }

  /** Takes a commit back, as git-revert(1) does; gives the commit that does. */
  async revert(commit: string): Promise<string> {
    await this.world.git(['revert', '--no-edit', commit]);
    return await this.world.head();
  }

  /** Runs a verb in this process at the time of the place; the command line is split at spaces. */
  async call(line: string): Promise<Run> {
    const [name = '', ...args] = line.split(' ');
    try {
      const verb = await VERBS[name]?.();
      const answer = await verb?.run([...args, '--root', this.at('root')], { now: this.now, paint: plain });
      return { exitCode: answer?.exitCode, stdout: answer?.stdout ?? '', stderr: answer?.stderr ?? '' };
    } catch (error) {
      return { exitCode: exitCodeOf(error), stdout: '', stderr: `${messageOf(error)}\n` };
    }
  }

  /** What the timer does a minute later: both steps, the second one whatever becomes of the first. Gives what it said. */
  async tick(): Promise<Run> {
    this.pass({ minutes: 1 });
    await this.call('fetch');
    return await this.call('sync');
  }

  /** The history of the host. */
  get records(): readonly HistoryRecord[] {
    const text = readFileSync(this.at(STATE, 'history.jsonl'), 'utf8');
    const lines = text.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  /** Where the host stands. */
  get standing(): Standing {
    return this.records.at(-1)?.standing ?? {};
  }

  /** How the newest run went. */
  get report(): RunReport {
    return JSON.parse(readFileSync(this.at('root/run/ds01-policy/last-run.json'), 'utf8'));
  }

  /** Everything that systemd would read, byte by byte. */
  get held(): readonly string[] {
    return contents(this.at('root/etc/systemd'));
  }

  /** Everything below a folder, byte by byte. */
  contentsOf(path: string): readonly string[] {
    return contents(this.at(path));
  }

  /** The text of a file. */
  text(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  /** The bytes of a file. */
  bytes(path: string): Buffer {
    return readFileSync(this.at(path));
  }

  /** Takes a file or folder away. */
  remove(path: string): void {
    rmSync(this.at(path), { recursive: true });
  }

  /** A path in the folder of the privileged step. */
  state(...path: readonly string[]): string {
    return this.at(STATE, ...path);
  }

  /** A path in the folder of the unprivileged step. */
  fetched(...path: readonly string[]): string {
    return this.at(FETCHED, ...path);
  }
}

/** A commit as people read it. */
export function short(commit: string | undefined): string {
  return (commit ?? '').slice(0, 12);
}

const seeds = new Map<string, Promise<FollowedPlace>>();

async function followSeed(texts: PolicyTexts): Promise<FollowedPlace> {
  const place = await FollowedPlace.installed(texts);
  const { exitCode, stderr } = await place.tick();
  if (exitCode !== 0) throw new Error(`sync exits ${exitCode}: ${stderr}`);
  return place;
}

function filesOf(texts: PolicyTexts): Record<string, string> {
  const names = readdirSync(POLICY_OF_THE_TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => {
    return name.endsWith('.yaml');
  });
  const usual = names.map((name) => [name, readFileSync(join(POLICY_OF_THE_TESTS, name), 'utf8')] as const);
  const files: PolicyTexts = { ...Object.fromEntries(usual), ...texts };
  const there = Object.entries(files).flatMap(([path, text]) =>
    text === undefined ? [] : [[`policy/${path}`, text] as const],
  );
  return Object.fromEntries(there);
}
