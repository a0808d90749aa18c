import { describe, expect, it } from 'vitest';
import { pullRequestPage, webPageOf } from '../../scripts/follow/web-page.ts';

describe('the pages of a repository', () => {
  it.each([
    ['https://github.com/lab/policy.git', 'github', 'github.com', 'lab/policy'],
    ['https://github.com/lab/policy', 'github', 'github.com', 'lab/policy'],
    ['https://GitHub.com/lab/policy/', 'github', 'github.com', 'lab/policy'],
    ['git@github.com:lab/policy.git', 'github', 'github.com', 'lab/policy'],
    ['ssh://git@ssh.github.com:443/lab/policy.git', 'github', 'github.com', 'lab/policy'],
    ['https://lab.ghe.com/lab/policy', 'github', 'lab.ghe.com', 'lab/policy'],
    ['git@github.example.org:lab/policy', 'github', 'github.example.org', 'lab/policy'],
    ['https://gitlab.com/a/b/policy.git', 'gitlab', 'gitlab.com', 'a/b/policy'],
    ['ssh://git@altssh.gitlab.com:443/a/policy.git', 'gitlab', 'gitlab.com', 'a/policy'],
    ['ssh://git@gitlab.example.org:2222/a/policy.git', 'gitlab', 'gitlab.example.org', 'a/policy'],
    ['https://gitlab.example.org:8443/a/policy.git', 'gitlab', 'gitlab.example.org:8443', 'a/policy'],
    ['https://git.example.org/policy', 'other', 'git.example.org', 'policy'],
    ['git@[2001:db8::1]:a/policy.git', 'other', '[2001:db8::1]', 'a/policy'],
  ])('%s', (url, kind, host, path) => {
    expect(webPageOf(url)).toEqual({ kind, host, path });
  });

  it('are known of an address with a secret in it, and the secret is not', () => {
    const secret = 'https://x-access-token:s3cret@github.com/lab/policy.git';
    expect(webPageOf(secret)).toEqual({ kind: 'github', host: 'github.com', path: 'lab/policy' });
  });

  it.each([
    '/srv/git/policy.git',
    'file:///srv/policy.git',
    'ext::sh -c reboot',
    'gh:lab/policy',
    'https://github.com',
    '',
  ])('%j has none', (url) => {
    expect(webPageOf(url)).toBeUndefined();
  });
});

describe('the page that opens a pull request', () => {
  const page = (url: string, head: string, base?: string) => {
    const site = webPageOf(url);
    return site && pullRequestPage(site, head, base);
  };

  it.each([
    ['https://github.com/lab/policy.git', 'main', 'https://github.com/lab/policy/compare/main...grant/100001?expand=1'],
    ['https://github.com/lab/policy.git', undefined, 'https://github.com/lab/policy/compare/grant/100001?expand=1'],
    [
      'https://github.com/lab/policy.git',
      'a b#?&',
      'https://github.com/lab/policy/compare/a%20b%23%3F%26...grant/100001?expand=1',
    ],
    [
      'git@gitlab.example.org:a/policy.git',
      'main',
      'https://gitlab.example.org/a/policy/-/merge_requests/new?merge_request%5Bsource_branch%5D=grant%2F100001&merge_request%5Btarget_branch%5D=main',
    ],
    [
      'git@gitlab.example.org:a/policy.git',
      undefined,
      'https://gitlab.example.org/a/policy/-/merge_requests/new?merge_request%5Bsource_branch%5D=grant%2F100001',
    ],
    ['https://git.example.org/policy', 'main', undefined],
  ])('of %s into %s', (url, base, expected) => {
    expect(page(url, 'grant/100001', base)).toBe(expected);
  });
});
