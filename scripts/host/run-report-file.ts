import { readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RUN_REPORT_FILE, type RunReport } from '../follow/run-report.ts';
import { makeFolder, stage } from './unit-files.ts';

/** How the newest run went; nothing if there was none since the machine was started, or nobody can read what it left. */
export async function readRunReport(root: string): Promise<RunReport | undefined> {
  // What is in memory only is no record: who damages it makes the next run forget that it was to wait, and no more. That it
  // cannot be written either is what the next run says.
  const text = await readFile(join(root, RUN_REPORT_FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parse(text);
}

function parse(text: string): RunReport | undefined {
  try {
    const report = JSON.parse(text) as Partial<RunReport> | null;
    return report?.version === 1 ? (report as RunReport) : undefined;
  } catch {
    return undefined;
  }
}

/** Says how a run went, whole or not at all. */
export async function writeRunReport(root: string, report: RunReport): Promise<void> {
  await makeFolder(root, dirname(RUN_REPORT_FILE));
  const target = join(root, RUN_REPORT_FILE);
  await rename(await stage(target, `${JSON.stringify(report)}\n`), target);
}
