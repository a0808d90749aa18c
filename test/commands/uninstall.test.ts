import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIRST, installed, likeMachine, placeAfter, stateOf } from '../support/install-root.ts';
import { contents, listing, Place, UNITS } from './world.ts';

const UNINSTALL = 'uninstall --root root --yes';
const NOTHING = { exitCode: 0, stdout: 'nothing to do\n', stderr: '' };

const APPLY = 'apply --root root --adopt';

/** A place where policy is applied and the program is installed. */
const installedPlace = () => placeAfter(APPLY, FIRST);

function slices(place: Place): readonly string[] {
  return Object.keys(place.units()).filter((path) => path.includes('.slice'));
}

function lastEntry(place: Place): unknown {
  const lines = readFileSync(place.at('root/var/lib/ds01-policy/history.jsonl'), 'utf8').trimEnd().split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}

describe.concurrent('uninstall', () => {
  it('shows what it does, and leaves the limits and what was recorded', async () => {
    const place = await installedPlace();
    const limits = contents(place.at('root', UNITS)).filter((line) => line.includes('.slice'));
    const { exitCode, stdout, stderr } = await place.run(UNINSTALL);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(`  keep    the slices and their limits, 10 files
  remove  /etc/systemd/system/timers.target.wants/ds01-policy.timer
  remove  /etc/systemd/system/timers.target.wants/ds01-policy-watchdog.timer
  remove  /etc/systemd/system/ds01-policy.timer
  remove  /etc/systemd/system/ds01-policy-watchdog.timer
  remove  /etc/systemd/system/ds01-policy-fetch.service
  remove  /etc/systemd/system/ds01-policy-apply.service
  remove  /etc/systemd/system/ds01-policy-watchdog.service
  remove  /etc/ds01-policy/config.yaml
  remove  /etc/sysusers.d/ds01-policy.conf
  remove  /usr/local/bin/ds01-policy
  remove  /usr/local/lib/ds01-policy/ds01-policy.mjs
  keep    /var/lib/ds01-policy, the history and all copies
  keep    user ds01-policy

uninstalled
`);
    expect(contents(place.at('root', UNITS)).filter((line) => line.includes('.slice'))).toEqual(limits);
    expect(installed(place).filter((file) => !file.includes('.slice'))).toEqual([
      '644 var/lib/ds01-policy/history.jsonl',
      '600 var/lib/ds01-policy/lock',
    ]);
    const folders = listing(place.at('root')).filter(({ kind }) => kind === 'folder');
    expect(folders.filter(({ path }) => path.includes('ds01-policy')).map(({ path }) => path)).toEqual([
      'var/lib/ds01-policy',
    ]);
    expect(lastEntry(place)).toMatchObject({ kind: 'uninstall', standing: { anchor: { kind: 'first' } } });
    const before = stateOf(place);
    expect(await place.run(UNINSTALL)).toEqual(NOTHING);
    expect(stateOf(place)).toEqual(before);
  });

  it('takes keys and the copy of the repository along, and names what it does not know', async () => {
    const place = await installedPlace();
    for (const name of [
      'deploy-key',
      'deploy-key.pub',
      'known_hosts',
      'allowed-signers',
      'openpgp-keys/a.asc',
      'token',
    ]) {
      place.write(`root/etc/ds01-policy/${name}`, 'a\n');
    }
    place.write('root/var/lib/ds01-policy-fetch/mirror.git/HEAD', 'a\n');
    place.write('root/run/ds01-policy/last-run.json', '{}\n');
    const { exitCode, stdout } = await place.run(UNINSTALL);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  remove  /var/lib/ds01-policy-fetch, the copy of the repository\n');
    expect(stdout).toContain('\n  keep    /etc/ds01-policy/token\n');
    expect(installed(place).filter((file) => !file.includes('.slice'))).toEqual([
      '644 etc/ds01-policy/token',
      '644 var/lib/ds01-policy/history.jsonl',
      '600 var/lib/ds01-policy/lock',
    ]);
  });

  it('keeps a copy of a configuration that was edited by hand, also of one with errors', async () => {
    const place = await installedPlace();
    const text = 'version: 1\nremote: nowhere\n';
    writeFileSync(place.at('root/etc/ds01-policy/config.yaml'), text);
    const { exitCode, stdout } = await place.run(UNINSTALL);
    expect(exitCode).toBe(0);
    const [, folder = ''] = /config.yaml, which was edited by hand; a copy stays in \/(\S+)\n/.exec(stdout) ?? [];
    expect(readFileSync(place.at('root', folder, 'etc/ds01-policy/config.yaml'), 'utf8')).toBe(text);
  });

  it('lets a host go on from where it was when it is installed again', async () => {
    const place = await installedPlace();
    expect(await place.run(UNINSTALL)).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await place.run(FIRST);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  do      history: installed again\n');
  });

  it('asks, where nobody can be asked, for --yes', async () => {
    const place = await installedPlace();
    const before = stateOf(place);
    const { exitCode, stderr } = await place.run('uninstall --root root');
    expect(exitCode).toBe(64);
    expect(stderr).toContain('\n  remove  /etc/ds01-policy/config.yaml\n');
    expect(stderr).toMatch(/\nds01-policy: there is no terminal to ask on: .*\nsee ds01-policy uninstall --help\n$/);
    expect(stateOf(place)).toEqual(before);
  });
});

describe.concurrent('uninstall --slices restore', () => {
  const FOUND = {
    'ds01-student.slice': '[Slice]\nMemoryMax=32g\nTasksMax=512\n',
    'ds01-admin.slice': '# by hand\n[Slice]\n',
    'ds01-admin-.slice.d/90-local.conf': '[Unit]\nDocumentation=man:ls\n',
    'ds01-vip.slice': '[Slice]\nTasksMax=7\n',
  };
  const takenOver = async () => {
    const place = likeMachine(new Place());
    for (const [path, text] of Object.entries(FOUND)) place.write(`root/${UNITS}/${path}`, text);
    for (const line of [APPLY, FIRST]) expect(await place.run(line)).toMatchObject({ exitCode: 0 });
    return place;
  };
  const RESTORE = `${UNINSTALL} --slices restore`;

  it('puts back what was taken over, byte by byte, and takes the rest away', async () => {
    const place = await takenOver();
    expect(place.units()['ds01-student.slice']).toContain('Managed by ds01-policy');
    const { exitCode, stdout } = await place.run(RESTORE);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}do {6}the slices: 2 files as they were before, 8 removed, none stopped\n/);
    const units = place.units();
    expect(Object.fromEntries(slices(place).map((path) => [path, units[path]]))).toEqual(FOUND);
    expect(await place.run(UNINSTALL)).toEqual(NOTHING);
  });

  it('changes nothing if a copy is gone, and says which', async () => {
    const place = await takenOver();
    rmSync(place.at('root/var/lib/ds01-policy/backup'), { recursive: true });
    const before = stateOf(place);
    const { exitCode, stderr } = await place.run(RESTORE);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^ds01-policy: the copy root\/var\/lib\/ds01-policy\/backup\/\S+\/etc\/systemd\/system\/ds01-\w+.slice is gone: ds01-\w+.slice cannot be put back as it was\nnothing was changed\n$/,
    );
    expect(stateOf(place)).toEqual(before);
  });
});
