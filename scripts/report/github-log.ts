import { printable } from './printable.ts';

/**
 * Text for the log of a workflow, in which nothing can be read as a command to the runner: one begins a line with `::`, or
 * has `##[` anywhere in it (docs.github.com, "Workflow commands for GitHub Actions").
 */
export function logText(text: string): string {
  return text.split('\n').map(quietLine).join('\n');
}

function quietLine(line: string): string {
  const visible = printable(line).replaceAll('##[', '## [');
  return /^\s*::/.test(visible) ? `| ${visible}` : visible;
}
