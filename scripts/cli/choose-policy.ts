import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../follow/config.ts';
import type { PolicySource, Standing } from '../follow/record.ts';
import { pauseAt, UNKNOWN } from '../follow/standing.ts';
import { commitFolder } from '../host/commit-folder.ts';
import { readLastRecord } from '../host/history.ts';
import { HostFailure, HostRefusal } from '../host/host-failure.ts';
import type { DriftMode } from '../policy/policy.ts';
import type { Label } from '../report/findings.ts';
import { readConfig } from './read-config.ts';
import { labelFor } from './shared-options.ts';

/** Where a verb takes policy from. */
export interface PolicyChoice {
  readonly folder: string;
  /** How its files are called when they are shown. */
  readonly label: Label;
  /** Where the host stands for which policy is read. */
  readonly standing: Standing;
  /** What the host says about drift, whatever policy says. */
  readonly drift?: DriftMode | undefined;
  /** Which commit it is of. */
  source(): Promise<PolicySource>;
}

const FOLDER = 'policy';
const WAY_OUT = 'the next run writes it again: ds01-policy sync';

/** Whether a host follows a repository: then its policy is that of a commit, and not of any folder. */
export function isFollowing(root: string): boolean {
  return existsSync(join(root, CONFIG_FILE));
}

/**
 * The policy folder that was named; otherwise, on a host that follows a repository, the policy that it has applied; and
 * `policy` elsewhere. Throws HostRefusal if such a host has applied none yet, or its configuration has errors, and
 * HostFailure.
 */
export async function choosePolicy(root: string, option: string | undefined): Promise<PolicyChoice> {
  const standing = (await readLastRecord(root))?.standing ?? UNKNOWN;
  if (!isFollowing(root)) return folderChoice(option ?? FOLDER, standing);
  const { drift } = readConfig(root);
  if (option !== undefined) return { ...folderChoice(option, standing), drift };
  const { applied } = standing;
  if (!applied)
    throw new HostRefusal('this host has not applied any commit yet: name a policy folder with --policy DIR');
  const source = { commit: applied.commit, uncommittedChanges: false };
  const folder = commitFolder(root, applied.commit);
  if (!existsSync(folder)) throw new HostFailure('read policy', 'untouched', `${folder} is not there`, WAY_OUT);
  return { folder, label: labelFor(FOLDER), standing, drift, source: async () => source };
}

/** Refuses a policy folder on a host that follows a repository and would undo it with its next run. */
export function assertByHand(standing: Standing, now: Date): void {
  if (pauseAt(standing, now)) return;
  throw new HostRefusal(
    'this host follows a repository: open a pull request there, or leave --policy out to apply the newest commit now; ' +
      'ds01-policy pause --for 4h --reason TEXT lets you apply a folder by hand meanwhile',
  );
}

function folderChoice(folder: string, standing: Standing): PolicyChoice {
  return {
    folder,
    label: labelFor(folder),
    standing,
    // Loaded only when there is something to record.
    source: async () => (await import('../host/checkout.ts')).readCheckout(folder),
  };
}
