import type { Day } from './calendar.ts';
import type { Draft } from './load.ts';
import { readSource, type Source } from './source.ts';
import { entryLines, type WrittenValue } from './yaml-text.ts';

/** What a new member file says. */
export interface NewMember {
  /** Canonical. */
  readonly accounts: readonly string[];
  readonly github?: string;
  readonly group: string;
  readonly reason: string;
  readonly granted: Day;
  readonly expires: Day | 'never';
}

/** The text of a new member file; `schema` is its first line. Throws Error if it would not be read as it is meant: a bug. */
export function memberText(member: NewMember, schema: string): string {
  const { accounts, github, group, reason, granted, expires } = member;
  const content: Readonly<Record<string, WrittenValue>> = {
    accounts,
    ...(github !== undefined && { github }),
    ...{ group, reason, granted, expires },
  };
  const text = `${schema}${Object.entries(content)
    .map(([key, value]) => entryLines(key, value))
    .join('')}`;
  const { source } = readSource('', text);
  if (JSON.stringify(source?.value) !== JSON.stringify(content)) throw new Error('a member cannot be written as YAML');
  return text;
}

/** The line by which editors find the schema of a member file, as other files of this policy have it; empty if none has. */
export function schemaLine({ site, members }: Draft): string {
  const [own] = members.flatMap(({ source }) => schemaOf(source));
  const ofSite = schemaOf(site?.source)[0]?.replace(/site(?=[.]schema[.]json$)/, 'member');
  // The files of members are one folder deeper.
  const deeper = ofSite !== undefined && !/^[a-z]+:|^[/]/.test(ofSite) ? `../${ofSite}` : ofSite;
  const schema = own ?? deeper;
  return schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`;
}

function schemaOf(source: Source | undefined): readonly string[] {
  const [, schema] = /^# yaml-language-server: [$]schema=(\S+)\n/.exec(source?.text ?? '') ?? [];
  return schema === undefined ? [] : [schema];
}
