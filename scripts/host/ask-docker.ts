import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Told } from '../diagnosis/told.ts';
import { askOutput, askProgram, complaint, type Patience } from './ask-program.ts';
import { messageOf } from './host-failure.ts';

const ID = /^[0-9a-f]{64}$/;

/** The containers that run, as `docker inspect` prints them: a JSON array. */
export async function askContainers(patience: Patience): Promise<Told<string>> {
  const listed = await askOutput('docker', ['ps', '--no-trunc', '--quiet'], patience);
  if (listed.kind !== 'told') return listed;
  const ids = listed.value.split('\n').filter((line) => line !== '');
  if (ids.length === 0) return { kind: 'told', value: '[]' };
  const strange = ids.find((id) => !ID.test(id));
  if (strange !== undefined) {
    return { kind: 'silent', why: `docker ps prints '${strange.slice(0, 80)}', which is no id of a container` };
  }
  const args = ['inspect', '--type', 'container', ...ids];
  const asked = await askProgram('docker', args, patience);
  if (asked.kind !== 'told') return asked;
  const { exitCode, stdout, stderr } = asked.value;
  if (exitCode === 0 || onlyGone(stderr)) return { kind: 'told', value: stdout };
  return { kind: 'silent', why: complaint('docker', args, asked.value) };
}

// One that ended since it was listed makes docker exit 1; the others are printed all the same.
function onlyGone(stderr: string): boolean {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 && lines.every((line) => /\bno such (container|object):/i.test(line));
}

/** How the daemon is set up: a JSON object. */
export async function askDockerInfo(patience: Patience): Promise<Told<string>> {
  return await askOutput('docker', ['info', '--format', '{{json .}}'], patience);
}

const CONFIG = '/etc/docker/daemon.json';
/** Bytes. */
const LARGEST = 1024 * 1024;

/** The text of the daemon's configuration: dockerd(8). */
export function readDockerConfig(path = CONFIG): Told<string> {
  try {
    // Does not wait for whoever would write into a pipe.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) return { kind: 'silent', why: `${path} is not a file` };
      if (stats.size > LARGEST) return { kind: 'silent', why: `${path} is larger than 1 MiB` };
      return { kind: 'told', value: readFileSync(file, 'utf8') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { kind: 'absent', why: `${path} is not there` };
    const wayOut = code === 'EACCES' ? { wayOut: 'root sees it' } : {};
    return { kind: 'silent', why: `${path} cannot be read: ${messageOf(error)}`, ...wayOut };
  }
}
