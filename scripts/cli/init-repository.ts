import { makeRepository } from '../host/new-repository.ts';
import { check } from '../policy/check.ts';
import type { PolicyFile } from '../policy/load.ts';
import { newRepositoryText } from '../report/new-repository.ts';
import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import type { NewSite } from '../site/new-site.ts';
import { repositoryFiles } from '../site/repository-files.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { type InitOptions, readInitOptions } from './init-options.ts';
import { chooseTool } from './init-tool.ts';
import { UsageError } from './usage-error.ts';

/** What `init` is asked for. */
export interface InitCall {
  readonly folder: string;
  readonly options: InitOptions & { readonly tool?: string | undefined };
  readonly now: Date;
  readonly paint: Paint;
}

/** Makes a policy repository. Until all of it is known to be right, nothing is written. Throws UsageError, HostRefusal and HostFailure. */
export async function initRepository({ folder, options, now, paint }: InitCall): Promise<Answer> {
  const values = readInitOptions(options, now);
  const tool = await chooseTool(options.tool);
  const site: NewSite = { ...values, tool: tool.spec };
  const texts = repositoryFiles(site);
  assertRight(texts, site);
  const files = new Map<string, string | Uint8Array>(texts);
  if (tool.file) files.set(tool.file.path, tool.file.bytes);
  const { first, hasRemote } = await makeRepository(folder, files, `Begin with the policy of ${site.name}\n`);
  const made = first.kind === 'made' ? { commit: first.commit } : {};
  return {
    exitCode: EXIT.done,
    stdout: newRepositoryText({ folder, files: files.size, hasRemote, ...made }, paint),
    ...(first.kind === 'none' && { stderr: `there is no commit yet: ${printable(first.why)}\n` }),
  };
}

// Whatever the grammars of the options have let through, a rule knows: such as an account that leaves no name for a slice.
function assertRight(texts: ReadonlyMap<string, string>, { today }: NewSite): void {
  const files = [...texts].flatMap(([path, text]): readonly PolicyFile[] => {
    const [, below] = /^policy\/(.+)$/.exec(path) ?? [];
    return below === undefined ? [] : [{ path: below, kind: 'file', bytes: new TextEncoder().encode(text) }];
  });
  const [finding] = check(files, { kind: 'day', day: today }).findings;
  if (!finding) return;
  const { message, location, fix } = finding;
  const way = fix === undefined ? '' : `; ${fix}`;
  throw new UsageError(`these values make a ${location.file} that is not right: ${message}${way}`, 'init');
}
