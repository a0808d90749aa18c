import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { install } from '../../scripts/install.ts';
import {
  configOf,
  FIRST,
  GROUP,
  installed,
  likeMachine,
  placeAfter,
  REMOTE,
  stateOf,
} from '../support/install-root.ts';
import { Place, PROGRAM } from './world.ts';

const SSH = 'git@git.example.org:lab/policy.git';
const HAS_SSH_KEYGEN = !execaSync('ssh-keygen', ['-?'], { reject: false }).failed || existsSync('/usr/bin/ssh-keygen');
const HAS_SYSUSERS = existsSync('/usr/bin/systemd-sysusers') || existsSync('/bin/systemd-sysusers');
const IS_ROOT = process.geteuid?.() === 0;

if (!HAS_SSH_KEYGEN) console.warn('ssh-keygen is not installed: making a deploy key is not tested');
if (!HAS_SYSUSERS) console.warn('systemd-sysusers is not installed: making the user is not tested');

const STEPS = `  create  /usr/local/lib/ds01-policy/ds01-policy.mjs
  create  /usr/local/bin/ds01-policy
  create  /etc/sysusers.d/ds01-policy.conf
  same    user ds01-policy
  create  /etc/systemd/system/ds01-policy-fetch.service
  create  /etc/systemd/system/ds01-policy-apply.service
  create  /etc/systemd/system/ds01-policy.timer
  create  /etc/systemd/system/ds01-policy-watchdog.service
  create  /etc/systemd/system/ds01-policy-watchdog.timer
  do      history: the first commit that comes is taken
  create  /etc/ds01-policy/config.yaml
  create  /etc/systemd/system/timers.target.wants/ds01-policy.timer
  create  /etc/systemd/system/timers.target.wants/ds01-policy-watchdog.timer

follows branch main of ${REMOTE} as host ds01, every 1min
trust none: whoever can push to that branch decides about the limits of this host
`;
const FILES = [
  '644 etc/ds01-policy/config.yaml',
  '644 etc/systemd/system/ds01-policy-apply.service',
  '644 etc/systemd/system/ds01-policy-fetch.service',
  '644 etc/systemd/system/ds01-policy-watchdog.service',
  '644 etc/systemd/system/ds01-policy-watchdog.timer',
  '644 etc/systemd/system/ds01-policy.timer',
  'link etc/systemd/system/timers.target.wants/ds01-policy-watchdog.timer /etc/systemd/system/ds01-policy-watchdog.timer',
  'link etc/systemd/system/timers.target.wants/ds01-policy.timer /etc/systemd/system/ds01-policy.timer',
  '644 etc/sysusers.d/ds01-policy.conf',
  '755 usr/local/bin/ds01-policy',
  '644 usr/local/lib/ds01-policy/ds01-policy.mjs',
  '644 var/lib/ds01-policy/history.jsonl',
  '600 var/lib/ds01-policy/lock',
];
const NOTHING = { exitCode: 0, stdout: 'nothing to do\n', stderr: '' };

interface Entry {
  readonly kind: string;
  readonly remote: string;
  readonly standing: object;
}

function history(place: Place): readonly Entry[] {
  const lines = readFileSync(place.at('root/var/lib/ds01-policy/history.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const installedPlace = () => placeAfter(FIRST);

describe.concurrent('install', () => {
  it('shows what it does, and puts it there with its modes', async () => {
    const place = likeMachine(new Place());
    expect(await place.run(FIRST)).toEqual({ exitCode: 0, stdout: `${STEPS}\ninstalled\n`, stderr: '' });
    expect(installed(place)).toEqual(FILES);
    expect(history(place)).toMatchObject([
      { kind: 'install', remote: REMOTE, standing: { anchor: { kind: 'first' } }, previous: '' },
    ]);
  });

  it('sets the modes, whatever the umask is', async () => {
    const place = likeMachine(new Place());
    const { exitCode } = await place.shell(`umask 077; exec ${PROGRAM} ${FIRST}`);
    expect(exitCode).toBe(0);
    expect(installed(place)).toEqual(FILES);
    for (const folder of ['etc/ds01-policy', 'usr/local/lib/ds01-policy', 'var/lib/ds01-policy']) {
      expect([folder, lstatSync(place.at('root', folder)).mode & 0o777]).toEqual([folder, 0o755]);
    }
  });

  it('installs the program that runs, which runs there as it is', async () => {
    const place = await installedPlace();
    const program = place.at('root/usr/local/lib/ds01-policy/ds01-policy.mjs');
    expect(readFileSync(place.at('root/usr/local/bin/ds01-policy'), 'utf8')).toBe(
      `#!/bin/sh\nexec ${process.execPath} /usr/local/lib/ds01-policy/ds01-policy.mjs "$@"\n`,
    );
    const { exitCode, stdout } = await place.shell(`cd / && exec node ${program} install --root ${place.at('root')}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'nothing to do\n' });
  });

  it('writes nothing the second time, also if the same is said in other words', async () => {
    const place = await installedPlace();
    const before = stateOf(place);
    expect(before.length).toBeGreaterThan(20);
    expect(await place.run(FIRST)).toEqual(NOTHING);
    expect(await place.run('install --root root')).toEqual(NOTHING);
    expect(await place.run('install --root root --branch main --interval 60s --trust none')).toEqual(NOTHING);
    expect(stateOf(place)).toEqual(before);
  });

  it('changes the line of an option, and what follows from it', async () => {
    const place = await installedPlace();
    const text = `# ours\n${configOf(place)}`;
    writeFileSync(place.at('root/etc/ds01-policy/config.yaml'), text);
    const { exitCode, stdout } = await place.run('install --root root --interval 5min --drift report --yes');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => /^ {2}(create|update|do)/.test(line))).toEqual([
      '  update  /etc/systemd/system/ds01-policy.timer',
      '  update  /etc/systemd/system/ds01-policy-watchdog.service',
      '  update  /etc/systemd/system/ds01-policy-watchdog.timer',
      '  do      history: installed again',
      '  update  /etc/ds01-policy/config.yaml',
    ]);
    expect(configOf(place)).toBe(text.replace('1min', '5min').replace('# drift: report', 'drift: report'));
    expect(history(place)).toHaveLength(2);
  });

  it('puts right what somebody has changed, and finishes what was ended half-way', async () => {
    const place = await installedPlace();
    place.write('root/etc/systemd/system/ds01-policy-apply.service', '[Service]\n');
    rmSync(place.at('root/etc/systemd/system/timers.target.wants/ds01-policy.timer'));
    rmSync(place.at('root/usr/local/bin/ds01-policy'));
    const { exitCode, stdout } = await place.run('install --root root --yes');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => /^ {2}(create|update|do)/.test(line))).toEqual([
      '  create  /usr/local/bin/ds01-policy',
      '  update  /etc/systemd/system/ds01-policy-apply.service',
      '  do      history: installed again',
      '  create  /etc/systemd/system/timers.target.wants/ds01-policy.timer',
    ]);
    expect(installed(place)).toEqual(FILES);
    expect(await place.run(FIRST)).toEqual(NOTHING);
  });

  it('does not give trust anew to a host whose history is gone', async () => {
    const place = await installedPlace();
    rmSync(place.at('root/var/lib/ds01-policy'), { recursive: true });
    const note =
      'note: the history of this host is gone, and with it which commit it trusts: say so with ds01-policy trust COMMIT\n';
    expect(await place.run('install --root root')).toEqual({ ...NOTHING, stdout: `${note}nothing to do\n` });
    const again = await place.run('install --root root --interval 2min --yes');
    expect(again.stdout).toContain(note);
    expect(existsSync(place.at('root/var/lib/ds01-policy/history.jsonl'))).toBe(false);
  });

  it('says what a directory has still to get before it is a host', async () => {
    const place = likeMachine(new Place());
    rmSync(place.at('root/usr/bin/git'));
    rmSync(place.at('root', process.execPath));
    const { exitCode, stdout } = await place.run(FIRST);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`\nnote: not there yet, and needed: git, ${process.execPath}\n`);
  });

  it.skipIf(!HAS_SYSUSERS)('makes the user where there is none', async () => {
    const place = likeMachine(new Place());
    rmSync(place.at('root/etc/passwd'));
    rmSync(place.at('root/etc/group'));
    const { exitCode, stdout } = await place.run(FIRST);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  create  user ds01-policy\n');
    expect(readFileSync(place.at('root/etc/passwd'), 'utf8')).toMatch(/^ds01-policy:x:\d+:\d+:fetches policy:/m);
  });
});

describe.concurrent('keys of install', () => {
  it.skipIf(!HAS_SSH_KEYGEN)('are made for ssh, and what is to be done with them is said', async () => {
    const place = likeMachine(new Place());
    const { exitCode, stdout } = await place.run(FIRST.replace(REMOTE, SSH));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  create  /etc/ds01-policy/deploy-key, a new pair of keys\n');
    const publicKey = readFileSync(place.at('root/etc/ds01-policy/deploy-key.pub'), 'utf8');
    expect(publicKey).toMatch(/^ssh-ed25519 AAAA\S+ ds01-policy@ds01\n$/);
    expect(stdout.slice(stdout.indexOf('\ninstalled\n'))).toBe(`
installed

allow this key to read the repository (on GitHub: Settings, Deploy keys):
  ${publicKey}
get the keys of the server, compare the fingerprints with those that it publishes, and install them:
  ssh-keyscan git.example.org > known_hosts
  ssh-keygen -lf known_hosts
  ds01-policy install --known-hosts known_hosts
`);
    const key = lstatSync(place.at('root/etc/ds01-policy/deploy-key'));
    expect(key.mode & 0o777).toBe(0o640);
    if (IS_ROOT) expect([key.uid, key.gid]).toEqual([0, GROUP]);
    // It is not made a second time.
    const before = stateOf(place);
    expect(await place.run('install --root root')).toEqual(NOTHING);
    expect(stateOf(place)).toEqual(before);
  });

  it('that are given are copied', async () => {
    const place = likeMachine(new Place());
    const texts = {
      'deploy-key': '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
      known_hosts: 'git.example.org ssh-ed25519 AAAAC3Nz\n',
      'allowed-signers': '# reviewers\n100001@example.org namespaces="git" ssh-ed25519 AAAAC3Nz\n',
      'openpgp-keys/reviewers.asc':
        '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n',
    };
    for (const [name, text] of Object.entries(texts)) place.write(name, text);
    const options =
      '--deploy-key deploy-key --known-hosts known_hosts --signers allowed-signers --openpgp-key openpgp-keys/reviewers.asc';
    const line = `${FIRST.replace(REMOTE, SSH)} --trust signed ${options}`;
    const { exitCode, stdout } = await place.run(line);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '\ntrust signed: whoever holds a listed key decides about the limits of this host\n\ninstalled\n',
    );
    expect(stdout).toMatch(/\ninstalled\n$/);
    for (const [name, text] of Object.entries(texts)) {
      expect(readFileSync(place.at('root/etc/ds01-policy', name), 'utf8')).toBe(text);
    }
    expect(installed(place).filter((file) => file.includes(' etc/ds01-policy/'))).toEqual([
      '644 etc/ds01-policy/allowed-signers',
      '644 etc/ds01-policy/config.yaml',
      '640 etc/ds01-policy/deploy-key',
      '644 etc/ds01-policy/known_hosts',
      '644 etc/ds01-policy/openpgp-keys/reviewers.asc',
    ]);
    expect(await place.run(line)).toEqual(NOTHING);
  });

  it.each([
    ['--deploy-key', 'ssh-ed25519 AAAA\n', '--deploy-key "key" is not a private key'],
    [
      '--known-hosts',
      'git.example.org\n',
      '--known-hosts "key" is not a list of public keys, each behind the name that it is for',
    ],
    [
      '--signers',
      '-----BEGIN OPENSSH PRIVATE KEY-----\n',
      '--signers "key" is not a list of public keys, each behind the name that it is for, but a secret one',
    ],
    [
      '--openpgp-key',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
      '--openpgp-key "key" is not an exported public key, with --armor, but a secret one',
    ],
  ])('%s refuses what it is not', async (option, text, message) => {
    const place = likeMachine(new Place());
    place.write('key', text);
    const before = stateOf(place);
    const stderr = `ds01-policy: ${message}\nsee ds01-policy install --help\n`;
    expect(await place.run(`${FIRST} ${option} key`)).toEqual({ exitCode: 64, stdout: '', stderr });
    expect(stateOf(place)).toEqual(before);
  });
});

describe.concurrent('install refuses, and writes nothing', () => {
  it.each([
    ['install --root root --host ds01 --yes', '--remote URL is missing: this host follows no repository yet'],
    [
      `install --root root --remote ${REMOTE} --yes`,
      '--host NAME is missing: which of the hosts in site.yaml the image is for',
    ],
    [FIRST.replace(' --yes', ''), 'there is no terminal to ask on: look at what would be done, and say --yes'],
    [`${FIRST} --branch refs/heads/main`, '"refs/heads/main" is not the name of a branch; write main'],
    [`${FIRST} --trust sometimes`, '"sometimes" is not allowed for "trust"; write none or signed'],
    [
      `${FIRST} --trust signed`,
      '--signers FILE or --openpgp-key FILE is missing: with trust signed and no key, every commit is refused',
    ],
    [
      `${FIRST.replace(REMOTE, 'https://user:hunter2@git.example.org/policy')}`,
      '"https://…@…" has a name or a password in it, and everybody on the host can read this file; write the URL without it, and give the host a deploy key: git@host:path and install --deploy-key FILE',
    ],
  ])('%s', async (line, message) => {
    const place = likeMachine(new Place());
    const before = stateOf(place);
    const { exitCode, stdout, stderr } = await place.run(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(stderr.endsWith(`ds01-policy: ${message}\nsee ds01-policy install --help\n`), stderr).toBe(true);
    expect(stateOf(place)).toEqual(before);
  });

  it('a configuration with errors, and shows them', async () => {
    const place = likeMachine(new Place());
    place.write('root/etc/ds01-policy/config.yaml', 'version: 1\nremote: /srv\nhost: ds01\ntrust: maybe\n');
    expect(await place.run('install --root root --yes')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `/etc/ds01-policy/config.yaml:4:8: error: "maybe" is not allowed for "trust" [schema-value]
  4 | trust: maybe
    |        ^^^^^
  fix: write none or signed

1 error
the configuration has errors: nothing was changed
`,
    });
  });

  it('links and folders in the place of files', async () => {
    const place = await installedPlace();
    rmSync(place.at('root/etc/systemd/system/ds01-policy.timer'));
    symlinkSync('/dev/null', place.at('root/etc/systemd/system/ds01-policy.timer'));
    expect(await place.run('install --root root --yes')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'ds01-policy: root/etc/systemd/system/ds01-policy.timer is not a file: take it away, then install again\nnothing was changed\n',
    });
  });

  it('a directory that is not there, and a file that cannot be read', async () => {
    const place = likeMachine(new Place());
    expect(await place.run(FIRST.replace('root root', 'root nowhere'))).toMatchObject({ exitCode: 3 });
    expect(await place.run(`${FIRST} --signers nowhere`)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^ds01-policy: "nowhere" cannot be read: ENOENT/),
    });
  });
});

it('the examples of its help are ones that work', async () => {
  const place = likeMachine(new Place());
  place.write('known_hosts', 'git.example.org ssh-ed25519 AAAAC3Nz\n');
  place.write('allowed-signers', '100001@example.org ssh-ed25519 AAAAC3Nz\n');
  for (const example of install.examples) {
    const line = example.replace('/srv/image', 'root').replace(/ --yes$/, '');
    const full = line.includes('--root') ? line : `${line} --root root --host ds01`;
    if (!HAS_SSH_KEYGEN && full.includes('git@')) continue;
    expect(await place.run(`${full} --yes`), example).toMatchObject({ exitCode: 0, stderr: '' });
  }
});
