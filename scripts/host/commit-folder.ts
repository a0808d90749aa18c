import { join } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import { STATE_FOLDER } from './unit-folder.ts';

/** Where the policy files of a commit are that a host has taken from git: everybody may read them. */
export function commitFolder(root: string, commit: CommitName): string {
  return join(root, STATE_FOLDER, 'commits', commit, 'policy');
}
