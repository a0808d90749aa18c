import { readWorkflowRun, writeJobFiles, writeOutputs, writeSummary } from '../host/workflow-run.ts';
import { findingsGithub, summaryLine } from '../report/findings.ts';
import { verdictMarkdown } from '../report/github-comment.ts';
import { plain } from '../report/paint.ts';
import { count } from '../report/printable.ts';
import type { Change } from '../review/change.ts';
import { EXIT } from './exit-code.ts';
import { judge, shownVerdict } from './github-judge.ts';
import { scopeOf } from './github-scope.ts';
import type { StepAnswer, StepCall } from './github-step.ts';
import { labelFor } from './shared-options.ts';

/** The folder with all that there is to say: the artefact of the run. */
const ARTEFACT = 'ds01-policy-review';

// Of findings, acknowledgements and review each: GitHub takes 1 MiB of Markdown, and a character has up to three bytes.
const LONGEST_PART = 100_000;

/**
 * The required check: reads and checks what an event is about, shows findings beside their lines and the review on the page
 * of the run, and writes both whole into a folder for the artefact. Exits 1 if a finding is an error.
 */
export async function validateChange(call: StepCall): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const { pullRequest, ...scope } = await scopeOf(run);
  const verdict = await judge(call, scope);
  const { change, findings } = verdict;
  const label = labelFor(call.policy);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const shown = shownVerdict(verdict, label);
  writeSummary(verdictMarkdown(shown, LONGEST_PART));
  const folder = writeJobFiles(run, ARTEFACT, {
    'plan.md': verdictMarkdown(shown, Number.POSITIVE_INFINITY),
    ...(pullRequest && { 'pull-request.json': `${JSON.stringify({ version: 1, ...pullRequest })}\n` }),
  });
  writeOutputs({ folder, errors: String(errors), changed: String(change.policyFiles.length > 0) });
  return {
    exitCode: errors === 0 ? EXIT.done : EXIT.policyErrors,
    commands: findingsGithub(findings, label),
    log: `${scopeWords(change)}: ${summaryLine(findings, plain)}\n`,
  };
}

function scopeWords({ policyFiles }: Change): string {
  return policyFiles.length === 0 ? 'no change of policy' : `${count(policyFiles.length, 'file')} of policy changed`;
}
