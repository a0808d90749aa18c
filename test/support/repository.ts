import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of this repository. */
export const REPOSITORY = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The policy of record. */
export const POLICY = join(REPOSITORY, 'policy');
