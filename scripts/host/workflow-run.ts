import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostRefusal, messageOf } from './host-failure.ts';
import { readInput } from './input-file.ts';

/** What GitHub says about the run of a workflow that this process is a step of; docs.github.com, "Variables reference". */
export interface WorkflowRun {
  /** What it was started by: `pull_request`, `push`. */
  readonly event: string;
  /** The whole event: most of what is in it was written by anybody. */
  readonly payload: unknown;
  /** `owner/name`. */
  readonly repository: string;
  /** The pages of the server, without a slash at the end: `https://github.com`. */
  readonly server: string;
  /** Base URL of the API, without a slash at its end. */
  readonly api: string;
  /** The page of this run. */
  readonly page: string;
  /** A folder for files that is gone after the job. */
  readonly folder: string;
}

const REPOSITORY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Reads what a step of a workflow is given. Throws HostRefusal where there is no workflow. */
export function readWorkflowRun(): WorkflowRun {
  const repository = variable('GITHUB_REPOSITORY', REPOSITORY);
  const server = variable('GITHUB_SERVER_URL', /^https?:\/\/[^/\s]+$/);
  return {
    event: variable('GITHUB_EVENT_NAME', /^[a-z_]+$/),
    payload: readPayload(variable('GITHUB_EVENT_PATH')),
    repository,
    server,
    api: variable('GITHUB_API_URL', /^https?:\/\/\S+[^/\s]$/),
    page: `${server}/${repository}/actions/runs/${variable('GITHUB_RUN_ID', /^[0-9]+$/)}`,
    folder: variable('RUNNER_TEMP'),
  };
}

/** The token of this run, where the workflow hands it to the step. Throws HostRefusal. */
export function readWorkflowToken(): string {
  return variable('GITHUB_TOKEN');
}

/** The tag that this run is about. Throws HostRefusal. */
export function readWorkflowTag(): string {
  variable('GITHUB_REF_TYPE', /^tag$/);
  return variable('GITHUB_REF_NAME');
}

/** Gives values to later steps, one line each. */
export function writeOutputs(values: Readonly<Record<string, string>>): void {
  const lines = Object.entries(values).map(([name, value]) => {
    // A second line would be a value of its own.
    if (/[\r\n]/.test(value)) throw new Error(`the output ${name} has more than one line`);
    return `${name}=${value}\n`;
  });
  appendFileSync(variable('GITHUB_OUTPUT'), lines.join(''));
}

/** Puts Markdown onto the page of the run. GitHub takes 1 MiB of each step. */
export function writeSummary(markdown: string): void {
  appendFileSync(variable('GITHUB_STEP_SUMMARY'), markdown);
}

/** Writes files into a folder of this job and gives the path of it. */
export function writeJobFiles(run: WorkflowRun, name: string, texts: Readonly<Record<string, string>>): string {
  const folder = join(run.folder, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, file), text);
  return folder;
}

/** The text of a file in a folder of this job; nothing if it is not there. Throws HostRefusal if it cannot be meant. */
export function readJobFile(run: WorkflowRun, name: string): string | undefined {
  const path = join(run.folder, name);
  return existsSync(path) ? readInput(path) : undefined;
}

function readPayload(path: string): unknown {
  try {
    // As large as GitHub makes it: a push can have thousands of commits.
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new HostRefusal(`GITHUB_EVENT_PATH names a file that is no event: ${messageOf(error)}`);
  }
}

function variable(name: string, form = /./): string {
  const { [name]: value = '' } = process.env;
  if (form.test(value)) return value;
  const problem = value === '' ? 'is not set' : 'has a form that it never has';
  throw new HostRefusal(`${name} ${problem}: this is a step of a workflow on GitHub`);
}
