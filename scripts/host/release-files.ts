import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostFailure, HostRefusal, messageOf } from './host-failure.ts';
import { readProgram } from './input-file.ts';
import { runProgram } from './run-program.ts';

/** Milliseconds: files have to be uploaded. */
const PATIENCE = 600_000;

/** The name of the file with the checksums of all others: sha256sum(1). */
export const SUMS = 'SHA256SUMS';

/**
 * Puts this program into a folder, as a host gets it, beside the files that are there already, and the checksums of all.
 * Throws HostRefusal if one of the others is missing.
 */
export function writeReleaseFiles(folder: string, program: string, others: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const missing = others.find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined) throw new HostRefusal(`"${join(folder, missing)}" is missing: npm run package makes it`);
  writeFileSync(join(folder, program), readProgram());
  const lines = [program, ...others].sort().map((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  writeFileSync(join(folder, SUMS), lines.join(''));
}

/** Makes the release of a tag that is on the server, with files and notes, by gh(1). Throws HostFailure. */
export async function createRelease(tag: string, notes: string, files: readonly string[]): Promise<void> {
  const args = ['release', 'create', tag, '--verify-tag', '--title', tag, '--notes-file', notes, '--', ...files];
  try {
    await runProgram('gh', args, { timeout: PATIENCE });
  } catch (error) {
    throw new HostFailure('make the release', 'untouched', messageOf(error));
  }
}
