import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { importBundle } from '../../scripts/host/bundle-import.ts';
import { FETCH_FOLDER } from '../../scripts/host/fetched.ts';
import { type Brought, bringBranch } from '../../scripts/host/mirror.ts';
import { hasCommit, repositoryOf } from '../../scripts/host/repository.ts';
import { STATE_FOLDER } from '../../scripts/host/unit-folder.ts';
import { GitWorld } from './git-world.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

/** A moment at which nothing in particular happens. */
export const NOW = new Date('2026-11-24T08:14:28.123Z');

/** A host that follows a world, and the commit that it has: the first. */
export interface Following {
  readonly world: GitWorld;
  readonly host: GitHost;
  readonly first: string;
}

/** The same for every test that begins with the same files: what was fetched and imported once is copied. */
export async function following(files?: Readonly<Record<string, string>>): Promise<Following> {
  const world = await GitWorld.make(files);
  const key = JSON.stringify(files);
  const seed = seeds.get(key) ?? followOnce(world);
  seeds.set(key, seed);
  const { folder, first } = await seed;
  const host = new GitHost(world);
  cpSync(folder, host.root, { recursive: true });
  return { world, host, first };
}

interface Seed {
  readonly folder: string;
  readonly first: string;
}

const seeds = new Map<string | undefined, Promise<Seed>>();

async function followOnce(world: GitWorld): Promise<Seed> {
  const host = new GitHost(world);
  const first = await host.follow();
  const folder = join(world.folder, 'seed');
  cpSync(host.root, folder, { recursive: true });
  return { folder, first };
}

/** A host that follows the branch `main` of a world: the two steps of the timer as far as git goes. */
export class GitHost {
  readonly root = temporaryFolder();
  readonly world: GitWorld;

  constructor(world: GitWorld) {
    this.world = world;
  }

  /** The unprivileged step. */
  async fetch(now = NOW): Promise<Brought> {
    return await bringBranch(this.root, { url: this.world.remote, branch: 'main' }, now);
  }

  /** What the privileged step does next. */
  async import(): Promise<string> {
    return await importBundle(this.root, 'main');
  }

  /** Both, the second only for a commit that is not there yet; gives the commit that came. */
  async follow(): Promise<string> {
    const { commit } = await this.fetch();
    return (await hasCommit(this.root, commit)) ? commit : await this.import();
  }

  /** A path in the folder of the unprivileged step. */
  fetched(...path: readonly string[]): string {
    return join(this.root, FETCH_FOLDER, ...path);
  }

  /** A path in the folder of the privileged step. */
  state(...path: readonly string[]): string {
    return join(this.root, STATE_FOLDER, ...path);
  }

  /** Root's repository. */
  get repository(): string {
    return repositoryOf(this.root);
  }

  /** Writes files below the root. */
  write(texts: Readonly<Record<string, string | Uint8Array>>): void {
    writeFiles(this.root, texts);
  }
}
