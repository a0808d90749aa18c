import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { REPOSITORY } from '../support/repository.ts';
import { type Run, runCli } from '../support/run-cli.ts';
import { ENVIRONMENT } from './policy-checkout.ts';

/** The package as it is called in a release. */
export const PACKAGE = `ds01-policy-${packageJson.version}.tgz`;

/** What `init` is told in these tests. */
export const OPTIONS = [
  ...['--site', 'lab1', '--domain', 'example.org', '--hosts', 'ds01=128cpus,4gpus,1T', '--admin', 'ops'],
  ...['--leads', '@example-org/lab-leads', '--admins', '@example-org/administrators', '--time-zone', 'Europe/Berlin'],
];

const base = mkdtempSync(join(tmpdir(), 'ds01-policy-new-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let folders = 0;

/** A folder of nobody, gone after the tests of a file; programs run in it without what the tests were started with. */
export class Workbench {
  readonly folder = join(base, String(++folders));

  /** The path of something in the folder. */
  at(...path: readonly string[]): string {
    return join(this.folder, ...path);
  }

  /** The text of a file. */
  text(...path: readonly string[]): string {
    return readFileSync(this.at(...path), 'utf8');
  }

  /** Runs a program in a folder below this one, with nobody's settings and without a network. */
  async run(folder: string, program: string, ...args: readonly string[]): Promise<Run> {
    const { exitCode, stdout, stderr } = await execa(program, [...args], {
      cwd: this.at(folder),
      extendEnv: false,
      env: { ...ENVIRONMENT, PATH: process.env.PATH ?? '', HOME: base, NO_COLOR: '1', npm_config_offline: 'true' },
      reject: false,
      stripFinalNewline: false,
      timeout: 60_000,
    });
    return { exitCode, stdout, stderr };
  }

  /** Runs `init` of this checkout here. */
  init(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
    return runCli(['init', ...args], { cwd: this.folder, env: { ...ENVIRONMENT, ...env } });
  }

  /** Makes the package of this checkout in a folder below this one; gives its path. */
  async package(folder: string): Promise<string> {
    await execa('node', [join(REPOSITORY, 'scripts/package.mjs'), this.at(folder)]);
    return this.at(folder, PACKAGE);
  }
}
