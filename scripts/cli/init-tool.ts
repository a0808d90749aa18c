import { basename } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { webPageOf } from '../follow/web-page.ts';
import { readPackage } from '../host/input-file.ts';
import { readOwnSource } from '../host/own-source.ts';
import { UsageError } from './usage-error.ts';

/** Where npm finds the tool, and the file that has to be in the repository for it. */
export interface Tool {
  readonly spec: string;
  readonly file?: { readonly path: string; readonly bytes: Uint8Array };
}

// What names one state of the tool: whoever installs it later has the same.
const SPECS = [
  /^github:[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+#[A-Za-z0-9][A-Za-z0-9._/-]*$/,
  /^git\+(?:https|ssh):\/\/[A-Za-z0-9@:._~/-]+#[A-Za-z0-9][A-Za-z0-9._/-]*$/,
  /^https:\/\/[A-Za-z0-9:._~/%-]+\.tgz$/,
];

const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]*\.tgz$/;

const FORMS =
  'a release as https://….tgz, github:OWNER/REPOSITORY#TAG-OR-COMMIT, or the package as FILE.tgz, which is kept in the repository';

/**
 * Reads `--tool`; without it, the tool is the commit of the checkout that this program runs from, if that is on GitHub.
 * Throws UsageError and HostRefusal.
 */
export async function chooseTool(given: string | undefined): Promise<Tool> {
  if (given === undefined) return { spec: await ownSpec() };
  if (SPECS.some((form) => form.test(given))) return { spec: given };
  const name = basename(given);
  if (/^[a-z+]+:/.test(given) || !FILE.test(name)) {
    throw new UsageError(`--tool "${given}" is none of what npm can install for good: ${FORMS}`, 'init');
  }
  const path = `vendor/${name}`;
  return { spec: `file:${path}`, file: { path, bytes: readPackage(given) } };
}

async function ownSpec(): Promise<string> {
  const { name } = packageJson;
  const source = await readOwnSource(name);
  const page = source && webPageOf(source.remote);
  if (!source || page?.host !== 'github.com') {
    throw new UsageError(
      `this program does not run from a checkout of ${name} on GitHub, so --tool has to say ${FORMS}`,
      'init',
    );
  }
  if (!source.isPublished) {
    const commit = source.commit.slice(0, 12);
    throw new UsageError(
      `${commit}, which this program is of, is not on GitHub: push it, or let --tool say ${FORMS}`,
      'init',
    );
  }
  const spec = `github:${page.path}#${source.commit}`;
  if (SPECS[0]?.test(spec)) return spec;
  throw new UsageError(
    `"${source.remote}" is not a repository that npm could install: --tool has to say ${FORMS}`,
    'init',
  );
}
