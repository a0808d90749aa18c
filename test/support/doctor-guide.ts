import { CHECKS } from '../../scripts/diagnosis/checks/index.ts';
import { incidentText, SLOW, THREADS } from './incidents.ts';

/** docs/doctor.md with the list of checks and both examples made anew, from the checks themselves. */
export async function doctorGuide(current: string): Promise<string> {
  const parts = [
    ['checks', checkTable()],
    ['threads', example(await incidentText(THREADS))],
    ['slow', example(await incidentText(SLOW))],
  ];
  return parts.reduce((text, [name = '', content = '']) => {
    const between = new RegExp(`(<!-- begin: ${name} [^\n]*-->\n)[^]*?(<!-- end: ${name} -->)`);
    return text.replace(between, (_all, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
  }, current);
}

/** The checks that the guide explains, by id, in its order. */
export function explainedChecks(guide: string): readonly string[] {
  return [...guide.matchAll(/^### ([a-z-]+)$/gm)].flatMap(([, id]) => id ?? []);
}

function checkTable(): string {
  const rows = CHECKS.map(({ id, title, about }) => {
    return `| [\`${id}\`](#${id}) | ${title} | ${about === 'work' ? 'yes' : 'no'} |`;
  });
  return ['| check | looks at | asked for an account or a container |', '|---|---|---|', ...rows].join('\n');
}

function example(text: string): string {
  return `\`\`\`\n${text.trimEnd()}\n\`\`\``;
}
