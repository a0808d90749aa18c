import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

/** Puts shell scripts in the place of programs, for this test. `LOG` in them is the path of a file, which is given back. */
export function otherPrograms(scripts: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFiles(folder, { [name]: `#!/bin/sh\n${script.replaceAll('LOG', join(folder, 'log'))}\n` });
    chmodSync(join(folder, name), 0o755);
  }
  const { PATH } = process.env;
  process.env.PATH = [folder, PATH].join(delimiter);
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  return join(folder, 'log');
}
