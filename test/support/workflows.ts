import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from './repository.ts';

/** The folder with everything that is for GitHub, relative to the top. */
export const GITHUB = '.github';

/** A step of a job. */
export interface WorkflowStep {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A workflow as far as the tests look at it. */
export interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly name?: string;
        readonly 'runs-on': string;
        readonly 'timeout-minutes': number;
        readonly permissions: Readonly<Record<string, string>>;
        readonly steps: readonly WorkflowStep[];
      }
    >
  >;
}

/** The files of all workflows, sorted. */
export const WORKFLOWS = readdirSync(join(REPOSITORY, GITHUB, 'workflows')).sort();

/** Reads one of them. */
export function readWorkflow(name: string): Workflow {
  return parse(readFileSync(join(REPOSITORY, GITHUB, 'workflows', name), 'utf8')) as Workflow;
}

/** The steps of all its jobs. */
export function stepsOf({ jobs }: Workflow): readonly WorkflowStep[] {
  return Object.values(jobs).flatMap(({ steps }) => steps);
}
