import type { Level } from './meter.ts';

/** What a cgroup is; `container` is the id of one, wherever it runs. */
export interface CgroupKind {
  readonly level: Level;
  readonly container?: string;
}

/** Says what a cgroup is by its path from the top of the hierarchy: systemd.slice(5). */
export function cgroupKind(path: string, site: string): CgroupKind {
  const names = namesIn(path);
  const name = names.at(-1) ?? '';
  const container = containerIn(name);
  if (names[0] !== `${site}.slice`) return { level: 'outside', ...(container !== undefined && { container }) };
  return container === undefined ? { level: levelOf(name, site) } : { level: 'container', container };
}

function levelOf(name: string, site: string): Level {
  if (name === `${site}.slice`) return 'site';
  const [, below] = /^([^.]+)[.]slice$/.exec(name.slice(site.length + 1)) ?? [];
  if (below === undefined || !name.startsWith(`${site}-`)) return 'work';
  // A slice below that of an account is the account's.
  return below.includes('-') ? 'account' : 'group';
}

/**
 * Whether a cgroup is inside of something that is looked at as a whole: a service, a scope, or a container. A container may
 * be inside of a service: that is where Docker puts it for somebody who runs it without root.
 */
export function isInsideOfWork(path: string): boolean {
  const around = namesIn(path).slice(0, -1);
  if (around.some((name) => containerIn(name) !== undefined)) return true;
  const isContainer = containerIn(path.replace(/^.*[/]/, '')) !== undefined;
  return !isContainer && around.some((name) => /[.](service|scope)$/.test(name));
}

/** The id of a container, from what Docker's drivers call its cgroup: `docker-<id>.scope` with systemd's, else the id alone. */
export function containerIn(name: string): string | undefined {
  return /^(?:docker-([0-9a-f]{64})[.]scope|([0-9a-f]{64}))$/
    .exec(name)
    ?.slice(1)
    .find((id) => id !== undefined);
}

function namesIn(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '');
}
