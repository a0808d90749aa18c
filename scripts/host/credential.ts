import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreMissing } from './host-failure.ts';

/** A secret that systemd has given this service, without spaces around it: LoadCredential= in systemd.exec(5); or none. */
export async function readCredential(name: string): Promise<string | undefined> {
  const { CREDENTIALS_DIRECTORY: folder = '' } = process.env;
  if (folder === '') return undefined;
  const text = await readFile(join(folder, name), 'utf8').catch(ignoreMissing);
  return text?.trim() || undefined;
}
