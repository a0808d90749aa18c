import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreMissing } from './host-failure.ts';
import { runProgram } from './run-program.ts';
import { ENVIRONMENT } from './systemd.ts';

const PATIENCE = 60_000;

/** Whether a host has a user of its own of this name: passwd(5). */
export async function hasUser(root: string, name: string): Promise<boolean> {
  return (await fieldsOf(root, 'etc/passwd', name)) !== undefined;
}

/** The number of a group of a host, if it has one of this name: group(5). */
export async function groupNumber(root: string, name: string): Promise<number | undefined> {
  const [, , number = ''] = (await fieldsOf(root, 'etc/group', name)) ?? [];
  return /^[0-9]+$/.test(number) ? Number(number) : undefined;
}

/** Makes the users of a file in /etc/sysusers.d, on this machine or in an image: systemd-sysusers(8). */
export async function makeUsers(root: string, file: string): Promise<void> {
  const where = root === '/' ? [] : [`--root=${root}`];
  await runProgram('systemd-sysusers', [...where, file], { timeout: PATIENCE, env: ENVIRONMENT });
}

async function fieldsOf(root: string, file: string, name: string): Promise<readonly string[] | undefined> {
  const text = (await readFile(join(root, file), 'utf8').catch(ignoreMissing)) ?? '';
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
}
