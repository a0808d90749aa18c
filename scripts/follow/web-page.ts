import { readRemote } from './remote.ts';

/** A repository on a server that has pages for it. */
export interface WebPage {
  /** `other`: nobody knows where its pages are. */
  readonly kind: 'github' | 'gitlab' | 'other';
  /** With the port, if it is not the usual one. */
  readonly host: string;
  /** Without a slash at its beginning, and without `.git`: `lab/policy`. */
  readonly path: string;
}

/** Where the pages of a repository are, told from its URL; nothing if the URL is a path, or in none of the usual forms. */
export function webPageOf(url: string): WebPage | undefined {
  // Whatever lets somebody in is no part of an address.
  const bare = url.replace(/^(https:\/\/)[^/@]*@/, '$1');
  const [, address, port = '', path] = ADDRESS.exec(bare.replace(SCP, 'ssh://$1/')) ?? [];
  if (address === undefined || path === undefined || !readRemote(bare).ok) return undefined;
  // For those behind a firewall, both servers take ssh at the port of https, under names that have no pages.
  const host = address.toLowerCase().replace(/^(?:ssh[.](?=github[.]com$)|altssh[.](?=gitlab[.]com$))/, '');
  return { kind: kindOf(host), host: bare.startsWith('https:') ? `${host}${port}` : host, path };
}

const HOST = '\\[[^\\]]*\\]|[^/:@]+';
const ADDRESS = new RegExp(`^(?:https|ssh)://(?:[^/@]*@)?(${HOST})(:[0-9]+)?/(.+?)/*(?:[.]git)?/*$`);
// As scp(1) has it: without a port.
const SCP = new RegExp(`^([^/@:]+@(?:${HOST})):/*`);

/** The page on which a pull request, or what the server calls so, is opened; nothing if nobody knows where it is. */
export function pullRequestPage(
  { kind, host, path }: WebPage,
  head: string,
  base: string | undefined,
): string | undefined {
  const repository = `https://${host}/${path.split('/').map(encodeURIComponent).join('/')}`;
  if (kind === 'github') {
    const range = base === undefined ? branchPath(head) : `${branchPath(base)}...${branchPath(head)}`;
    return `${repository}/compare/${range}?expand=1`;
  }
  if (kind === 'other') return undefined;
  const target = base === undefined ? [] : [`merge_request%5Btarget_branch%5D=${encodeURIComponent(base)}`];
  const query = [`merge_request%5Bsource_branch%5D=${encodeURIComponent(head)}`, ...target];
  return `${repository}/-/merge_requests/new?${query.join('&')}`;
}

function kindOf(host: string): WebPage['kind'] {
  if (/^github[.]|[.]ghe[.]com$/.test(host)) return 'github';
  return host.startsWith('gitlab.') ? 'gitlab' : 'other';
}

function branchPath(branch: string): string {
  return branch.split('/').map(encodeURIComponent).join('/');
}
