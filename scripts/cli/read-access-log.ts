import { existsSync } from 'node:fs';
import type { CommitName } from '../follow/record.ts';
import {
  findCommit,
  openPolicyRepository,
  type PolicyRepository,
  readPolicyCommitsSince,
} from '../host/policy-commits.ts';
import { readPolicyLog } from '../host/policy-log.ts';
import { ACCOUNT, canonicalAccount } from '../policy/account.ts';
import type { Site } from '../policy/policy.ts';
import type { AccessAnswer } from '../report/access-log.ts';
import { accessLog } from '../review/access-log.ts';
import { accountAccess } from '../review/account-access.ts';
import { UsageError } from './usage-error.ts';

/** What is asked of the access log of a repository. */
export interface AccessLogWish {
  /** The policy folder. */
  readonly policy: string;
  /** Only what came after this commit or tag. */
  readonly since?: string | undefined;
  /** Only what concerns this account, in any spelling. */
  readonly account?: string | undefined;
}

/**
 * Reads the access log of the checkout that a policy folder is in. Throws HostRefusal if it is none, or not whole, and
 * UsageError for a commit that does not exist and for what is no account of the site.
 */
export async function readAccessLog({ policy, since, account }: AccessLogWish): Promise<AccessAnswer> {
  if (account !== undefined) assertNoFolder(account);
  const repository = await openPolicyRepository(policy);
  const newer = since === undefined ? undefined : await readNewer(repository, since);
  const { entries, site } = accessLog(await readPolicyLog(repository));
  const asked = newer ? entries.filter(({ commit }) => newer.has(commit)) : entries;
  if (account === undefined) return { entries: asked };
  const canonical = spellAccount(account, site);
  return { entries: accountAccess(asked, canonical), account: canonical };
}

// Elsewhere, the folder follows the option without a "=".
function assertNoFolder(account: string): void {
  if (!existsSync(`${account}/`)) return;
  const domain = 'an account that is called so is written with its domain';
  throw new UsageError(`"${account}" is a folder: write --policy=${account}; ${domain}`, 'history');
}

async function readNewer(repository: PolicyRepository, since: string): Promise<ReadonlySet<CommitName>> {
  const commit = await findCommit(repository, since);
  if (commit !== undefined) return new Set(await readPolicyCommitsSince(repository, commit));
  throw new UsageError(
    `--since "${since}" is not the name of one commit: git tag and git log --oneline list them`,
    'history',
  );
}

function spellAccount(spelling: string, site: Site | undefined): string {
  if (!site) throw new UsageError('no commit has a site.yaml that can be read: leave ACCOUNT out', 'history');
  const account = canonicalAccount(spelling, site);
  if (ACCOUNT.test(account) && account.endsWith(`@${site.accountDomain}`)) return account;
  throw new UsageError(`"${spelling}" is not an account of this site: write name@${site.accountDomain}`, 'history');
}
