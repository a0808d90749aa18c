import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contents, memberFile, memberFiles, Place, PROGRAM, UNITS } from './world.ts';

const OWN_LIMITS = 'expires: never\nlimits:\n  per_member: { memory_max: 16G }\n';

const isRoot = process.getuid?.() === 0;

/** Policy that creates, updates and removes units of the policy before. */
function change(place: Place): void {
  place.edit('groups/student.yaml', '65536', '131072');
  place.policy({ 'members/own.yaml': undefined, 'members/m001.yaml': memberFile('m001', 'researcher', OWN_LIMITS) });
}

describe.concurrent('when a step fails, everything is as before', () => {
  it('the very first one: what the history says of this host', async () => {
    const place = await Place.applied({ 'members/own.yaml': memberFile('own', 'student', OWN_LIMITS) });
    change(place);
    const before = contents(place.at('root/etc'));
    const history = place.at('root/var/lib/ds01-policy/history.jsonl');
    renameSync(history, place.at('history'));
    mkdirSync(history);
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(/^ds01-policy: read root\/.*history[.]jsonl: EISDIR: .*\nthe host is as it was before\n$/);
    expect(contents(place.at('root/etc'))).toEqual(before);
    rmdirSync(history);
    renameSync(place.at('history'), history);
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(place.history().map(({ result }) => result)).toEqual(['applied', 'applied']);
    expect(contents(place.at('root/etc'))).not.toEqual(before);
  });

  if (isRoot) console.warn('skipped: apply without write permission; root may write everywhere');
  it.skipIf(isRoot)('the first one: nothing may be written', async () => {
    const place = await Place.applied({ 'members/own.yaml': memberFile('own', 'student', OWN_LIMITS) });
    change(place);
    const before = contents(place.at('root/etc'));
    chmodSync(place.at('root', UNITS), 0o555);
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    chmodSync(place.at('root', UNITS), 0o755);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(
      /^ds01-policy: write the new files beside the old ones: EACCES: .*\nthe host is as it was before\n$/,
    );
    expect(contents(place.at('root/etc'))).toEqual(before);
    expect(place.history().map(({ result }) => result)).toEqual(['applied', 'untouched']);
    expect((await place.run('apply --root root')).exitCode).toBe(0);
  });
});

// A small disk of its own for this process: mount_namespaces(7). Gone when it ends.
const NAMESPACE = isRoot ? 'unshare --mount' : 'unshare --user --map-root-user --mount';
const mounts = spawnSync('sh', ['-c', `${NAMESPACE} mount -t tmpfs -o size=64k none /mnt`], { encoding: 'utf8' });
const canMount = mounts.status === 0 && existsSync('/mnt');
if (!canMount) console.warn(`skipped: a full disk; this user cannot mount a small one: ${mounts.stderr}`);

describe.skipIf(!canMount)('when the disk is full', () => {
  it('exits 4, everything is as before, and the next run works once there is space', async () => {
    const place = new Place();
    const list = `(cd root/etc && find . -printf '%p %y %m %l\\n' | sort && find . -type f | sort | xargs sha256sum)`;
    place.write(
      'script.sh',
      `mount -t tmpfs -o size=1m none root || exit 99
head -c 700k /dev/zero > root/full || exit 94
${PROGRAM} apply --root root > /dev/null || exit 98
${list} > before
mv many policy/members/ && mv policy/members/many/* policy/members/
rmdir policy/members/many
${PROGRAM} apply --root root > stdout 2> stderr
echo $? > code
${list} > after
rm root/full
${PROGRAM} apply --root root > /dev/null || exit 96
${PROGRAM} plan --root root --check || exit 95
find root/${UNITS} -name '*.slice' | wc -l > units
`,
    );
    for (const [path, text] of Object.entries(
      memberFiles(120, 'researcher', (index) => (index % 5 === 0 ? OWN_LIMITS : 'expires: never\n')),
    )) {
      place.write(path.replace('members', 'many'), text);
    }
    const run = await place.shell(`${NAMESPACE} sh script.sh`);
    expect(run).toEqual({ exitCode: 0, stdout: 'nothing differs\n', stderr: '' });
    const read = async (name: string) => (await place.shell(`cat ${name}`)).stdout;
    expect(await read('code')).toBe('4\n');
    expect(await read('stdout')).toBe('');
    expect(await read('stderr')).toMatch(
      /^ds01-policy: write the new files beside the old ones: ENOSPC: .*\nthe host is as it was before\n$/,
    );
    expect(await read('before')).toContain('./systemd/system/ds01-student.slice f 644');
    expect(await read('after')).toBe(await read('before'));
    expect(await read('units')).toMatch(/^ *127\n$/);
  });

  it('or read-only, it says so and is no bug', async () => {
    const place = new Place();
    const { exitCode, stdout, stderr } = await place.shell(
      `${NAMESPACE} sh -c 'mount -t tmpfs -o size=64k,ro none root && exec ${PROGRAM} apply --root root'`,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(/^ds01-policy: make root\/var\/lib\/ds01-policy: .*\nthe host is as it was before\n$/);
  });
});
