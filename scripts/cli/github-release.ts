import packageJson from '../../package.json' with { type: 'json' };
import { readPreviousTag } from '../host/github-git.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { readInput } from '../host/input-file.ts';
import { SUMS, writeReleaseFiles } from '../host/release-files.ts';
import { readWorkflowRun, readWorkflowTag, writeJobFiles } from '../host/workflow-run.ts';
import { policyChangelog } from '../report/policy-changelog.ts';
import { changelogPart, releaseNotes } from '../report/release-notes.ts';
import { EXIT } from './exit-code.ts';
import type { StepAnswer, StepCall } from './github-step.ts';
import { readAccessLog } from './read-access-log.ts';

/** Where a release is put together. */
export const DIST = 'dist';

/** The folder of the job with the notes, and their file. */
export const NOTES = { folder: 'ds01-policy-release', file: 'notes.md' } as const;

/** All files of a release: the program, the package that a policy repository depends on, their checksums. */
export function releaseFiles(version: string): { readonly program: string; readonly others: readonly string[] } {
  return { program: 'ds01-policy.mjs', others: [`ds01-policy-${version}.tgz`] };
}

/** The version of this program, which is the one that the tag says. Throws HostRefusal. */
export function taggedVersion(): string {
  const { version } = packageJson;
  const tag = readWorkflowTag();
  if (tag === `v${version}`) return version;
  throw new HostRefusal(`the tag is not v${version}, which package.json says: change the version first, then tag it`);
}

/** Puts a release together: files, checksums, notes. Throws HostRefusal if tag, version and CHANGELOG.md disagree. */
export async function prepareRelease({ policy }: StepCall): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const version = taggedVersion();
  const part = changelogPart(readInput('CHANGELOG.md'), version);
  if (part === undefined) {
    throw new HostRefusal(`CHANGELOG.md has no part "## [${version}]": say what users notice, then tag it again`);
  }
  const { program, others } = releaseFiles(version);
  writeReleaseFiles(DIST, program, others);
  const previous = await readPreviousTag(`v${version}`);
  const { entries } = await readAccessLog({ policy, since: previous });
  writeJobFiles(run, NOTES.folder, { [NOTES.file]: releaseNotes(part, policyChangelog(entries), run.repository) });
  return { exitCode: EXIT.done, log: `${DIST}: ${[program, ...others, SUMS].join(', ')}\n` };
}
