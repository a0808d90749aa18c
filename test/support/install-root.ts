import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listing, Place } from '../commands/world.ts';

/** The repository that hosts of the tests follow. */
export const REMOTE = 'https://git.example.org/lab/policy.git';

/** The command line of a first installation. */
export const FIRST = `install --root root --host ds01 --remote ${REMOTE} --yes`;

/** Group number of the user that fetches, in the roots of the tests. */
export const GROUP = 990;

/** Makes the root of a place look like a machine: with the programs that a host needs, and the user that fetches. */
export function likeMachine(place: Place): Place {
  for (const program of [
    'usr/bin/git',
    'usr/bin/flock',
    'usr/bin/systemctl',
    'usr/bin/systemd-analyze',
    process.execPath,
  ]) {
    place.write(join('root', program), '');
    chmodSync(place.at('root', program), 0o755);
  }
  place.write('root/etc/passwd', `root:x:0:0::/root:/bin/sh\nds01-policy:x:${GROUP}:${GROUP}::/:/usr/sbin/nologin\n`);
  place.write('root/etc/group', `root:x:0:\nds01-policy:x:${GROUP}:\n`);
  return place;
}

const seeds = new Map<string, Promise<Place>>();

/** A place with what these command lines have made of its root; what is made once in a test file is copied from then on. */
export async function placeAfter(...lines: readonly string[]): Promise<Place> {
  const key = lines.join('\n');
  const seed = seeds.get(key) ?? makeSeed(lines);
  seeds.set(key, seed);
  const place = new Place();
  cpSync((await seed).at('root'), place.at('root'), { recursive: true, verbatimSymlinks: true });
  return place;
}

async function makeSeed(lines: readonly string[]): Promise<Place> {
  const place = likeMachine(new Place());
  for (const line of lines) {
    const { exitCode, stderr } = await place.run(line);
    if (exitCode !== 0) throw new Error(`${line} exits ${exitCode}: ${stderr}`);
  }
  return place;
}

/** The paths of all files and links that were not there before, with their modes. */
export function installed(place: Place): readonly string[] {
  const given = /^(usr\/bin\/|etc\/(passwd|group)$)/;
  return listing(place.at('root'))
    .filter(({ kind, path }) => kind !== 'folder' && !given.test(path) && `/${path}` !== process.execPath)
    .map(({ kind, mode, path, text }) => (kind === 'link' ? `link ${path} ${text}` : `${mode} ${path}`));
}

/** The configuration of the root. */
export function configOf(place: Place): string {
  return readFileSync(place.at('root/etc/ds01-policy/config.yaml'), 'utf8');
}

/** Everything that a write would change. */
export function stateOf(place: Place): readonly unknown[] {
  return listing(place.at('root')).map(({ path, inode, modified, changed, mode, text }) => {
    return [path, inode, modified, changed, mode, text.length];
  });
}
