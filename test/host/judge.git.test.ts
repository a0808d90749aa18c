import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Trust } from '../../scripts/follow/config.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { judge } from '../../scripts/host/judge.ts';
import { following, type GitHost } from '../support/git-host.ts';
import { type GitWorld, HAS_GPG, HAS_SSH_KEYGEN } from '../support/git-world.ts';

const SIGNERS = 'etc/ds01-policy/allowed-signers';

/** Brings the newest commit, and says what is wrong with it; an empty text if nothing is. */
async function verdict(host: GitHost, anchor: string | undefined, trust: Trust = 'none'): Promise<string> {
  return await judged(host, await host.follow(), anchor, trust);
}

/** The same of a commit that is there. */
async function judged(host: GitHost, commit: string, anchor: string | undefined, trust: Trust): Promise<string> {
  try {
    await judge(host.root, { commit, trust, ...(anchor !== undefined && { anchor }) });
    return '';
  } catch (error) {
    if (error instanceof HostRefusal) return error.message;
    throw error;
  }
}

describe('a commit', () => {
  it('that descends from the anchor is trusted, and so is the anchor itself', async () => {
    const { world, host, first } = await following();
    expect(await verdict(host, first)).toBe('');
    await world.commit('second');
    expect(await verdict(host, first)).toBe('');
    const side = await world.make('side', [first]);
    await world.reset(await world.make('merge', [await world.head(), side]));
    expect(await verdict(host, first)).toBe('');
    expect(await verdict(host, side)).toBe('');
  });

  const rewrite: Readonly<Record<string, (world: GitWorld, first: string) => Promise<string>>> = {
    amended: (world) => world.commit('other words', { amend: true }),
    'before the anchor': (world, first) => world.reset(first),
    'on another branch from before': async (world, first) => {
      await world.reset(first);
      return await world.commit('instead');
    },
    'of a history of its own': (world) => world.orphan(),
  };
  it.each(Object.keys(rewrite))('that is %s is refused, and the next honest one is not', async (name) => {
    const { world, host, first } = await following();
    const anchor = await world.commit('second');
    expect(await verdict(host, first)).toBe('');
    const commit = (await rewrite[name]?.(world, first)) ?? '';
    expect(await verdict(host, anchor)).toBe(
      `commit ${commit} does not descend from ${anchor}, the last one that was trusted: the branch was rewritten; put it ` +
        `back, or look at what it holds now and say so: ds01-policy trust ${commit} --reason …`,
    );
    await world.reset(anchor);
    await world.commit('honest');
    expect(await verdict(host, anchor)).toBe('');
  });

  it('that did not come is refused, and so is one whose anchor was lost', async () => {
    const { host, first } = await following();
    const nowhere = '0'.repeat(40);
    await expect(judge(host.root, { commit: nowhere, trust: 'none' })).rejects.toThrow(
      new HostRefusal(`commit ${nowhere} is not in this host's repository`),
    );
    expect(await verdict(host, nowhere)).toMatch(`commit ${first} does not descend from ${nowhere}`);
  });
});

describe('trust: signed', () => {
  it('without a single listed key trusts nobody', async () => {
    const { host, first } = await following();
    const none =
      /^no key may sign: none is listed in ".*allowed-signers" nor in ".*openpgp-keys"; list one, or set trust: none/;
    expect(await verdict(host, first, 'signed')).toMatch(none);
    host.write({ [SIGNERS]: '# nobody yet\n\n', 'etc/ds01-policy/openpgp-keys/README': 'x' });
    expect(await verdict(host, first, 'signed')).toMatch(none);
  });

  it.skipIf(!HAS_SSH_KEYGEN)(
    'wants every commit since the anchor signed, and names the first that is not',
    async () => {
      const { world, host, first } = await following();
      const sshKey = world.sshKey('good');
      host.write({ [SIGNERS]: world.signerLine(sshKey) });
      await world.commit('one', { sshKey });
      const second = await world.commit('two', { sshKey });
      expect(await verdict(host, first, 'signed')).toBe('');
      // The anchor itself was trusted before, whatever it is.
      expect(await verdict(host, undefined, 'signed')).toBe('');
      const middle = await world.commit(`unsigned ${'x'.repeat(80)}`);
      await world.commit('unsigned, too');
      const tip = await world.commit('signed on top', { sshKey });
      expect(await verdict(host, second, 'signed')).toBe(
        `commit ${middle.slice(0, 12)} "unsigned ${'x'.repeat(50)}…" by Tester <tester@example.org> is not signed: have it ` +
          `signed by a listed key and push again, or look at it and say so: ds01-policy trust ${tip} --reason …`,
      );
      await world.reset(second);
      await world.commit('honest', { sshKey });
      expect(await verdict(host, second, 'signed')).toBe('');
      expect(readdirSync(host.state()).sort()).toEqual(['repository.git']);
    },
  );

  it.skipIf(!HAS_SSH_KEYGEN)('looks at the first commit alone if there is no anchor', async () => {
    const { world, host } = await following();
    const sshKey = world.sshKey('good');
    host.write({ [SIGNERS]: world.signerLine(sshKey) });
    expect(await verdict(host, undefined, 'signed')).toContain('"first" by Tester <tester@example.org> is not signed');
    await world.commit('second', { sshKey });
    expect(await verdict(host, undefined, 'signed')).toBe('');
  });

  it.skipIf(!HAS_SSH_KEYGEN)(
    'does not ask for signatures on what a signed merge brings in, only on the line itself',
    async () => {
      const { world, host, first } = await following();
      const sshKey = world.sshKey('good');
      host.write({ [SIGNERS]: world.signerLine(sshKey) });
      const side = await world.make('unsigned work', [first]);
      await world.reset(await world.make('merge', [first, side], { sshKey }));
      expect(await verdict(host, first, 'signed')).toBe('');
      // With the parents the other way round, the line is the unsigned one.
      await world.reset(await world.make('merge', [side, first], { sshKey }));
      expect(await verdict(host, first, 'signed')).toContain(
        '"unsigned work" by Tester <tester@example.org> is not signed',
      );
    },
  );

  it.skipIf(!HAS_SSH_KEYGEN)('takes an SSH key for what the list says of it', async () => {
    const { world, host, first } = await following();
    const [sshKey, other] = [world.sshKey('good'), world.sshKey('other')];
    await world.commit('signed', { sshKey });
    const commit = await host.follow();
    const listed = async (text: string) => {
      host.write({ [SIGNERS]: text });
      return (await judged(host, commit, first, 'signed')).replace(/^.*example.org> (.*?): have it .*$/, '$1');
    };
    expect(await listed(world.signerLine(sshKey))).toBe('');
    expect(await listed(world.signerLine(sshKey, 'namespaces="git"'))).toBe('');
    expect(await listed(world.signerLine(sshKey, 'valid-after="20200101"'))).toBe('');
    expect(await listed(world.signerLine(other) + world.signerLine(sshKey))).toBe('');
    expect(await listed(world.signerLine(other))).toMatch(
      /^is signed with ED25519 key SHA256:\S+, which is not listed$/,
    );
    expect(await listed(world.signerLine(sshKey, 'namespaces="file"'))).toBe(
      'is signed with a key that may not sign commits',
    );
    // The date that a commit gives itself does not count: whoever has an old key could write any.
    expect(await listed(world.signerLine(sshKey, 'valid-before="20260601"'))).toBe(
      'is signed with a key that has expired',
    );
    expect(await listed(world.signerLine(sshKey, 'valid-after="22000101"'))).toBe(
      'is signed with a key that is not valid yet',
    );
    expect(await listed(world.signerLine(sshKey, 'no-such-option'))).toMatch(/not listed \(.*:1: bad options.*\)$/);
  });

  it.skipIf(!HAS_SSH_KEYGEN)('takes no signature of something else, and none that is not one', async () => {
    const { world, host, first } = await following();
    const sshKey = world.sshKey('good');
    host.write({ [SIGNERS]: world.signerLine(sshKey) });
    const commit = await world.commit('signed', { sshKey });
    const text = await world.git(['cat-file', 'commit', commit]);
    const signature = /^gpgsig (?:.*\n )*.*\n/m.exec(text)?.[0] ?? '';
    const push = async (forged: string) => {
      await world.point('refs/heads/main', await world.makeObject('commit', Buffer.from(`${forged}\n`)));
      return await verdict(host, first, 'signed');
    };
    expect(signature).toContain('SSH SIGNATURE');
    expect(await push(text.replace('\n\nsigned', '\n\nforged'))).toContain(
      'has a signature that is not of this commit',
    );
    expect(await push(text.replace(signature, signature + signature))).toContain(
      'has two signatures, and may have one',
    );
    expect(await push(text.replace(signature, 'gpgsig x\n'))).toContain('has a signature that is neither of SSH nor');
    expect(await push(text.replace(/(SIGNATURE-----\n )./, '$1-'))).toContain('has a signature that is not of this');
    const pgp = text.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE');
    expect(await push(pgp)).toContain('is signed with an OpenPGP key, and none of that kind is listed');
    const file = join(world.folder, 'payload');
    writeFileSync(file, `${text.replace(signature, '')}\n`);
    execaSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'file', '-f', sshKey, file]);
    const other = readFileSync(`${file}.sig`, 'utf8').trimEnd().replaceAll('\n', '\n ');
    expect(await push(text.replace(signature, `gpgsig ${other}\n`))).toContain(
      'has a signature that is not of this commit',
    );
    await world.point('refs/heads/main', commit);
    expect(await verdict(host, first, 'signed')).toBe('');
  });

  it('needs ssh-keygen for that, and says so', async () => {
    const { world, host, first } = await following();
    const text = await world.git(['cat-file', 'commit', first]);
    const signed = text.replace('\n\n', '\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n\n');
    await world.point('refs/heads/main', await world.makeObject('commit', Buffer.from(`${signed}\n`)));
    const commit = await host.follow();
    host.write({ [SIGNERS]: 'tester@example.org ssh-ed25519 AAAA\n' });
    const folder = host.state('programs');
    host.write({ 'var/lib/ds01-policy/programs/git': `#!/bin/sh\nPATH=${process.env.PATH} exec git "$@"\n` });
    execaSync('chmod', ['755', join(folder, 'git')]);
    restorePath(folder);
    const failure = judge(host.root, { commit, trust: 'signed' });
    await expect(failure).rejects.toThrow(HostFailure);
    await expect(failure).rejects.toThrow(
      'look at a signature: ssh-keygen is not installed; it is in the package openssh-client',
    );
  });
});

function restorePath(path: string): void {
  const { PATH } = process.env;
  process.env.PATH = path;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
}

describe.skipIf(!HAS_GPG)('an OpenPGP signature', () => {
  const KEYS = 'etc/ds01-policy/openpgp-keys';

  /** A home of GnuPG with two keys that are good for ever and one that was good for a day. */
  function keys(world: GitWorld): (args: readonly string[], input?: string) => string {
    const home = join(world.folder, 'g');
    execaSync('mkdir', ['-m', '700', home]);
    const gpg = (args: readonly string[], input = '') => {
      const always = ['--homedir', home, '--batch', '--quiet', '--passphrase', '', '--pinentry-mode', 'loopback'];
      return execaSync('gpg', [...always, ...args], { input, stderr: 'ignore' }).stdout;
    };
    const make = (name: string, ends: string, ...more: readonly string[]) => {
      gpg([...more, '--quick-generate-key', `${name} <${name}@example.org>`, 'ed25519', 'sign', ends]);
    };
    make('listed', 'never');
    make('unknown', 'never');
    make('old', '1d', '--faked-system-time', '20200101T000000');
    onTestFinished(() => {
      execaSync('gpgconf', ['--homedir', home, '--kill', 'all'], { reject: false });
    });
    return gpg;
  }

  it('is good by a listed key, and by no other, none that has expired and none that was revoked', async () => {
    const { world, host, first } = await following();
    const gpg = keys(world);
    const text = await world.git(['cat-file', 'commit', await world.commit('second')]);
    const push = async (name: string, ...more: readonly string[]) => {
      const signature = gpg([...more, '--armor', '--detach-sign', '-u', `${name}@example.org`], `${text}\n`);
      const field = `gpgsig ${signature.trimEnd().replaceAll('\n', '\n ')}`;
      await world.point(
        'refs/heads/main',
        await world.makeObject('commit', Buffer.from(`${text.replace('\n\n', `\n${field}\n\n`)}\n`)),
      );
      return (await verdict(host, first, 'signed')).replace(/^.*example.org> (.*?): have it .*$/, '$1');
    };
    const list = (name: string) =>
      host.write({ [`${KEYS}/${name}.asc`]: gpg(['--armor', '--export', `${name}@example.org`]) });
    list('listed');
    list('old');
    expect(await push('listed')).toBe('');
    expect(await push('unknown')).toMatch(/^is signed with OpenPGP key [0-9A-F]{16}, which is not listed$/);
    expect(await push('old', '--faked-system-time', '20200101T010000')).toBe('is signed with a key that has expired');
    host.write({ [SIGNERS]: 'tester@example.org ssh-ed25519 AAAA\n' });
    expect(await push('listed')).toBe('');
    const home = join(world.folder, 'g/openpgp-revocs.d');
    const print = gpg(['--with-colons', '--list-keys', 'listed@example.org']).match(/^fpr:+([0-9A-F]{40}):/m)?.[1];
    gpg(['--import'], readFileSync(join(home, `${print}.rev`), 'utf8').replace(':-----BEGIN', '-----BEGIN'));
    // It was signed before it was revoked, and the list says so only now.
    list('listed');
    expect(await verdict(host, first, 'signed')).toContain('is signed with a key that was revoked');
    expect(existsSync(host.state('repository.git'))).toBe(true);
    expect(readdirSync(host.state()).sort()).toEqual(['repository.git']);
  });

  it('is not looked at with a list that cannot be read', async () => {
    const { world, host, first } = await following();
    const text = await world.git(['cat-file', 'commit', first]);
    const signed = text.replace('\n\n', '\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n');
    await world.point('refs/heads/main', await world.makeObject('commit', Buffer.from(`${signed}\n`)));
    host.write({ [`${KEYS}/a.asc`]: 'no key\n' });
    expect(await verdict(host, undefined, 'signed')).toMatch(
      /^".*openpgp-keys\/a.asc" cannot be read as a public key: no valid OpenPGP data found/,
    );
  });
});
