import type { Entitlement } from '../policy/resolve.ts';
import { accountOfWork } from './account-of-slice.ts';
import type { Case, Program } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import type { Evidence } from './check.ts';
import { containerById } from './container-by-id.ts';
import type { Container } from './facts.ts';
import type { Meter } from './meter.ts';
import { accountOfUid, accountsOfFolder, isPersonUid } from './people.ts';
import { programsWithin } from './programs-within.ts';

/** Whose work something is, and what says so. */
export interface WorkOwner {
  readonly entitlement: Entitlement;
  readonly evidence: Evidence;
}

/** The account that a cgroup is of, by the slices that it is in: those of the site, and those of logins (pam_systemd(8)). */
export function ownerOfCgroup(path: string, found: Pick<Case, 'facts' | 'resolved'>): Entitlement | undefined {
  const around = path.split('/').reverse();
  return around.map((name) => accountOfName(name, found)).find((owner) => owner !== undefined);
}

function accountOfName(name: string, found: Pick<Case, 'facts' | 'resolved'>): Entitlement | undefined {
  const [, uid] = /^user-([0-9]{1,10})[.]slice$/.exec(name) ?? [];
  return uid === undefined ? accountOfWork(found.resolved, name) : accountOfUid(Number(uid), found);
}

/**
 * Whose a container is that may be in no slice of anybody's. The first that says so counts: its cgroup, the users that its
 * processes are, home folders that are in it, and the folder that it was made from. What several accounts are meant by says
 * nothing.
 */
export function ownerOfContainer(meter: Meter, found: Case): WorkOwner | undefined {
  const made = containerOf(meter, found);
  return byCgroup(meter, found) ?? byUser(meter, found) ?? (made && (byMount(made, found) ?? byLabel(made, found)));
}

/** What Docker says of a container; absent where it does not tell. */
export function containerOf(
  { container }: Pick<Meter, 'container'>,
  found: Pick<Case, 'facts'>,
): Container | undefined {
  return container === undefined ? undefined : containerById(container, found);
}

/** The programs in a cgroup, and in those in it: what uses most first. */
export function programsIn(path: string, { programs }: Pick<Case, 'programs'>): readonly Program[] {
  return programsWithin(path, programs);
}

function byCgroup({ path }: Meter, found: Case): WorkOwner | undefined {
  const entitlement = ownerOfCgroup(path, found);
  const source = cgroupFile(found.machine.version, path, 'cgroup.procs');
  return entitlement && { entitlement, evidence: { source, figure: `in a slice of ${entitlement.account}` } };
}

// root in a container may be anybody.
function byUser({ path }: Meter, found: Case): WorkOwner | undefined {
  const people = programsIn(path, found).filter(({ uid }) => isPersonUid(uid));
  // Of each user, the program that uses most: there may be thousands.
  const users = new Map(people.toReversed().map(({ pid, uid }) => [uid, pid]));
  return only(
    [...users].toReversed().flatMap(([uid, pid]) => {
      const entitlement = accountOfUid(uid, found);
      const evidence = { source: `/proc/${pid}/status`, figure: `UID ${uid} is ${entitlement?.account}` };
      return entitlement ? [{ entitlement, evidence }] : [];
    }),
  );
}

function byMount({ mounts }: Container, found: Case): WorkOwner | undefined {
  return only(mounts.flatMap((folder) => byFolder(folder, `${folder} is in it`, found)));
}

function byLabel({ labels }: Container, found: Case): WorkOwner | undefined {
  const folders = FOLDER_LABELS.flatMap((label) => {
    const folder = labels.get(label);
    return folder === undefined ? [] : byFolder(folder, `label ${label}=${folder}`, found);
  });
  return only(folders);
}

/** Where a development container, or a compose file, was made from. */
const FOLDER_LABELS = ['devcontainer.local_folder', 'com.docker.compose.project.working_dir'];

function byFolder(folder: string, figure: string, found: Case): readonly WorkOwner[] {
  return accountsOfFolder(folder, found).map((entitlement) => {
    return { entitlement, evidence: { source: 'docker inspect', figure: `${figure}: ${entitlement.account}` } };
  });
}

function only(owners: readonly WorkOwner[]): WorkOwner | undefined {
  const [first, ...more] = owners;
  return more.every(({ entitlement }) => entitlement.account === first?.entitlement.account) ? first : undefined;
}
