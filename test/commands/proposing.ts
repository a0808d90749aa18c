import { chmodSync, existsSync, readFileSync } from 'node:fs';
import type { Run } from '../support/run-cli.ts';
import type { PolicyCheckout } from './policy-checkout.ts';

/** A run without the digest of its plan, and with the commit that it made called so. */
export async function spoken(place: PolicyCheckout, run: Run): Promise<Run> {
  const made = await place.short('HEAD');
  const stdout = run.stdout.replace(/^digest [0-9a-f]{64}/m, 'digest …').replaceAll(made, '<commit>');
  return { ...run, stdout };
}

/** Gives a checkout a remote of this address, which is a repository below `root/`, and pushes what is checked out. */
export async function addRemote(place: PolicyCheckout, url: string): Promise<void> {
  const path = place.at('root/remote.git');
  await place.git('init', '--quiet', '--bare', '--initial-branch=main', path);
  await place.git('config', `url.${path}.insteadOf`, url);
  await place.git('remote', 'add', 'origin', url);
  await place.git('push', '--quiet', '--set-upstream', 'origin', 'main');
}

/** What the remote has for a branch; empty if it has none. */
export async function onRemote(place: PolicyCheckout, branch: string): Promise<string> {
  const remote = place.at('root/remote.git');
  return place.git('--git-dir', remote, 'for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`);
}

/** A gh that notes what it is asked for, and ends with this line of shell. */
export function fakeGh(
  place: PolicyCheckout,
  end = 'echo https://github.com/lab/policy/pull/7',
): Readonly<Record<string, string>> {
  place.write(
    'bin/gh',
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${place.at('root/gh')}"\ncat > "${place.at('root/gh-body')}"\n${end}\n`,
  );
  chmodSync(place.at('bin/gh'), 0o755);
  return { PATH: `${place.at('bin')}:${process.env.PATH}` };
}

/** What gh was given: its arguments, a line each, and the body; nothing if it was not called. */
export function ghCall(place: PolicyCheckout): { readonly args: string; readonly body: string } | undefined {
  if (!existsSync(place.at('root/gh'))) return undefined;
  return { args: readFileSync(place.at('root/gh'), 'utf8'), body: readFileSync(place.at('root/gh-body'), 'utf8') };
}

/** The lines of files that differ between main and what is checked out, with their signs. */
export async function changedLines(place: PolicyCheckout): Promise<readonly string[]> {
  const lines = (await place.git('diff', '--unified=0', 'main', 'HEAD')).split('\n');
  return lines.filter((line) => /^[-+](?![-+])/.test(line));
}
