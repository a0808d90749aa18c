import { CONFIG_FILE, type Config } from '../follow/config.ts';
import { loadConfig } from '../host/host-config.ts';
import { HostRefusal } from '../host/host-failure.ts';
import type { Finding } from '../policy/finding.ts';
import { count } from '../report/printable.ts';

/** The configuration of a host that follows a repository. Throws HostRefusal if there is none, or it has errors. */
export function readConfig(root: string): Config {
  const found = loadConfig(root);
  if (found.kind === 'config') return found.config;
  if (found.kind === 'none') {
    throw new HostRefusal('this host follows no repository: ds01-policy install --remote URL sets it up');
  }
  throw new HostRefusal(`the configuration has errors: ${found.findings.slice(0, 1).map(sentence)}${more(found)}`);
}

function sentence({ location: { line, column }, message, fix }: Finding): string {
  return `/${CONFIG_FILE}:${line}:${column}: ${message}${fix === undefined ? '' : `; ${fix}`}`;
}

function more({ findings }: { readonly findings: readonly Finding[] }): string {
  return findings.length === 1 ? '' : `; ${count(findings.length - 1, 'more error')}`;
}
