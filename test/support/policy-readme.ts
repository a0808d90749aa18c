import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../scripts/policy/rules/index.ts';
import { SCHEMAS } from '../../scripts/policy/schema.ts';
import { acknowledgementUnused } from '../../scripts/review/rules/acknowledgement-unused.ts';
import { CHANGE_RULES } from '../../scripts/review/rules/index.ts';
import { REPOSITORY } from './repository.ts';

interface Property {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Property>>;
  readonly additionalProperties?: Property | boolean;
}

/** policy/README.md with its tables made anew from the schemas, the rules and the fixtures. */
export function policyReadme(current: string): string {
  return [
    ['fields', fieldTables()],
    ['rules', ruleSections()],
    ['changes', changeSections()],
  ].reduce((text, [name = '', content = '']) => {
    const between = new RegExp(`(<!-- begin: ${name} [^\n]*-->\n)[^]*?(<!-- end: ${name} -->)`);
    return text.replace(between, (_all, begin: string, end: string) => `${begin}\n${content}\n${end}`);
  }, current);
}

function fieldTables(): string {
  const limits = SCHEMAS.limits.$defs;
  const parts: readonly (readonly [string, Readonly<Record<string, Property>>])[] = [
    ['`members/<id>.yaml`', SCHEMAS.member.properties],
    ['`groups/<group>.yaml`', SCHEMAS.group.properties],
    ['`site.yaml`', SCHEMAS.site.properties],
    ['`site.yaml`: `guards`', SCHEMAS.site.properties.guards.properties],
    ['`site.yaml`: each of `hosts`', SCHEMAS.site.properties.hosts.additionalProperties.properties],
    ['`allow.yaml`: each of `answers`', SCHEMAS.allow.properties.answers.items.properties],
    ['Limits in `per_group` and `per_member`', limits.slice.properties],
    ['Limits in `per_container`', limits.per_container.properties],
  ];
  return parts.map(([title, properties]) => `### ${title}\n\n${fieldTable(properties)}\n`).join('\n');
}

function fieldTable(properties: Readonly<Record<string, Property>>): string {
  const rows = Object.entries(properties).map(([name, property]) => {
    const { description = '', examples = [] } = described(property);
    const shown = examples.map((example) => `\`${name}: ${flow(example)}\``).join('<br>');
    return `| \`${name}\` | ${description.replaceAll('|', '\\|').replaceAll('<', '&lt;')} | ${shown} |`;
  });
  return ['| field | what it says | example |', '|---|---|---|', ...rows].join('\n');
}

function described(property: Property): Property {
  const name = property.$ref?.replace(/^.*[/]/, '');
  const target = name === undefined ? {} : (SCHEMAS.limits.$defs as Readonly<Record<string, Property>>)[name];
  return { ...target, ...property };
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(', ')} }`;
}

function ruleSections(): string {
  const rules = RULES.map(
    ({ id, summary, severity }) => `### ${id}\n\n${summary} (${severity})\n\n${example('rules', id)}`,
  );
  const files = readdirSync(join(REPOSITORY, 'test/files')).sort();
  const problems = files.map((id) => `### ${id}\n\n${example('files', id)}`);
  return [...rules, '## Problems of the files themselves', ...problems].join('\n\n').concat('\n');
}

function changeSections(): string {
  const rules = [...CHANGE_RULES, acknowledgementUnused].sort((a, b) => (a.id < b.id ? -1 : 1));
  const sections = rules.map(({ id, summary, severity, acknowledgeable }) => {
    const kind = acknowledgeable ? `${severity}, can be acknowledged` : severity;
    return `### ${id}\n\n${summary} (${kind})\n\n${example('changes', id)}`;
  });
  return sections.join('\n\n').concat('\n');
}

// The first finding of the fixture, as the tests hold it against the program.
function example(folder: string, id: string): string {
  const expected = readFileSync(join(REPOSITORY, 'test', folder, id, 'expected.txt'), 'utf8');
  const [first = ''] = expected.split('\n\n').filter((block) => block.includes(`[${id}]`));
  return `\`\`\`\n${first.trimEnd()}\n\`\`\``;
}
