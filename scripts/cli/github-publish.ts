import { join } from 'node:path';
import { createRelease, SUMS } from '../host/release-files.ts';
import { readWorkflowRun } from '../host/workflow-run.ts';
import { EXIT } from './exit-code.ts';
import { DIST, NOTES, releaseFiles, taggedVersion } from './github-release.ts';
import type { StepAnswer } from './github-step.ts';

/** Publishes what was put together, and attested since. Throws HostRefusal and HostFailure. */
export async function publishRelease(): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const version = taggedVersion();
  const { program, others } = releaseFiles(version);
  const files = [program, ...others, SUMS].map((name) => join(DIST, name));
  await createRelease(`v${version}`, join(run.folder, NOTES.folder, NOTES.file), files);
  return { exitCode: EXIT.done, log: `published v${version}\n` };
}
