import { describe, expect, it } from 'vitest';
import { readRemote } from '../../scripts/follow/remote.ts';

describe('readRemote', () => {
  it.each([
    ['https://git.example.org/lab/policy.git', { kind: 'https' }],
    ['https://git.example.org:8443/~lab/policy', { kind: 'https' }],
    ['https://[2001:db8::1]/policy.git', { kind: 'https' }],
    ['ssh://git@git.example.org/lab/policy.git', { kind: 'ssh', host: 'git.example.org' }],
    ['ssh://git.example.org:2222/lab/policy.git', { kind: 'ssh', host: 'git.example.org', port: 2222 }],
    ['ssh://git@[2001:db8::1]:22/policy.git', { kind: 'ssh', host: '[2001:db8::1]', port: 22 }],
    ['git@git.example.org:lab/policy.git', { kind: 'ssh', host: 'git.example.org' }],
    ['git@git.example.org:~/policy.git', { kind: 'ssh', host: 'git.example.org' }],
    ['file:///srv/git/policy.git', { kind: 'local' }],
    ['/srv/git/policy.git', { kind: 'local' }],
  ])('%s', (text, value) => {
    expect(readRemote(text)).toEqual({ ok: true, value });
  });

  const FORMS = 'write https://host/path, ssh://user@host/path, user@host:path, file:///path or /path';

  it.each([
    'ext::sh -c id',
    'ext::/bin/sh',
    'git@host::ext',
    'fd::17',
    '--upload-pack=/bin/sh',
    '-oProxyCommand=id',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@-oProxyCommand=id/x',
    'git@-host:policy',
    '-git@host:policy',
    'git@host:-policy',
    'host:policy.git',
    'policy.git',
    '../policy.git',
    '/srv/my policy',
    '/srv/policy\n',
    'https://git.example.org',
    'https://git.example.org/',
    'https://git.example.org:0/policy',
    'ftp://git.example.org/policy',
    'ssh://git@host/$(id)',
    'git@host:`id`',
    '/',
    '',
  ])('refuses %j, and says what there is', (text) => {
    expect(readRemote(text)).toEqual({
      ok: false,
      message: `"${text}" is not a repository that a host can follow`,
      fix: FORMS,
    });
  });

  it.each(['http://git.example.org/policy', 'git://git.example.org/policy'])(
    'refuses %s: anybody can change it',
    (text) => {
      expect(readRemote(text)).toEqual({
        ok: false,
        message: `"${text}" is not protected on its way: anybody there could write policy`,
        fix: 'write https:// or ssh://',
      });
    },
  );

  it.each([
    ['https://user:hunter2@git.example.org/policy', 'https://'],
    ['https://hunter2@git.example.org/policy', 'https://'],
    ['http://hunter2@git.example.org/policy', 'http://'],
    ['ssh://git:hunter2@git.example.org/policy', 'ssh://'],
  ])('refuses the secret in %s, and does not repeat it', (text, kept) => {
    expect(readRemote(text)).toEqual({
      ok: false,
      message: `"${kept}…@…" has a name or a password in it, and everybody on the host can read this file`,
      fix: 'write the URL without it, and give the host a deploy key: git@host:path and install --deploy-key FILE',
    });
  });

  it('refuses what is longer than any URL, and shows the beginning', () => {
    for (const text of [`/${'x'.repeat(2048)}`, `git@host:${'x'.repeat(2048)}`]) {
      expect(readRemote(text)).toMatchObject({ ok: false, message: expect.stringMatching(/^"[^"]{59}…" is not/) });
    }
  });
});
