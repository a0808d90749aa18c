import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';
import { replaceWhole } from './unit-files.ts';

/** The collector reads every file of its folder whose name ends like this, and the temporary one does not. */
const NAME = 'ds01_policy.prom';

const STEP = 'write metrics';
const WAY_OUT = 'install node_exporter with its textfile collector, or take `metrics` out of the configuration';

/**
 * Puts metrics into the folder of node_exporter's textfile collector, whole or not at all: the earlier ones stay if these
 * cannot be written. Throws HostRefusal for a link in the place of the folder or the file, and HostFailure.
 */
export async function writeMetrics(folder: string, text: string): Promise<void> {
  const target = join(folder, NAME);
  await assertPlaces(folder, target);
  try {
    await replaceWhole(target, text);
  } catch (error) {
    throw new HostFailure(STEP, 'untouched', error);
  }
}

async function assertPlaces(folder: string, target: string): Promise<void> {
  const [place, file] = await Promise.all([look(folder), look(target)]);
  if (!place) throw new HostFailure(STEP, 'untouched', `there is no folder ${folder}`, WAY_OUT);
  if (place.isSymbolicLink()) throw new HostRefusal(`${folder} is a symbolic link: write where it leads to instead`);
  if (!place.isDirectory()) throw new HostRefusal(`${folder} is not a folder`);
  if (file && !file.isFile()) throw new HostRefusal(`${target} is not a file: take it away`);
}

async function look(path: string) {
  try {
    return await lstat(path).catch(ignoreMissing);
  } catch (error) {
    throw new HostFailure(STEP, 'untouched', error);
  }
}
