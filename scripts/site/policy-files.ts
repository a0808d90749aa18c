import { slugOf } from '../policy/account.ts';
import { memberText } from '../policy/member-text.ts';
import { printValue } from '../policy/values.ts';
import { entryText, flowText, type WrittenMap } from '../policy/yaml-text.ts';
import type { NewHost, NewSite } from './new-site.ts';
import { type Share, type Shares, sharesOf } from './shares.ts';

/** Where the schemas are once the tool is installed: they cannot be older or newer than the tool. */
const SCHEMAS = 'node_modules/ds01-policy/schemas';

/** With fewer, training jobs stop in the middle. */
const TASKS = 65536;

/** The first policy of a site: its texts, by path in the policy folder. */
export function policyFiles(site: NewSite): Readonly<Record<string, string>> {
  const shares = sharesOf(site.hosts);
  return {
    'site.yaml': siteText(site),
    'groups/student.yaml': studentText(shares),
    'groups/researcher.yaml': researcherText(shares),
    'groups/admin.yaml': ADMIN_GROUP,
    [`members/${slugOf(site.admin)}.yaml`]: adminText(site),
  };
}

function schemaLine(name: string, depth: string): string {
  return `# yaml-language-server: $schema=${depth}${SCHEMAS}/${name}.schema.json\n`;
}

function siteText({ name, timeZone, domain, hosts }: NewSite): string {
  return `${schemaLine('site', '../')}\
# What holds for the whole site. Editors show what each field means once "npm install" has been run.
version: 1
${entryText('name', name, 'line')} # the slices are called ${name}.slice, ${name}-<group>.slice, ${name}-<group>-<account>.slice
default_group: student # everybody who has no file under members/
admin_group: admin # never limited, never empty
${entryText('time_zone', timeZone, 'line')} # a grant ends at the end of its last day here
${entryText('account_domain', domain, 'line')}
hosts: # what the machines are called, and how large they are
${hosts.map((host) => `  ${entryText(host.name, sizeOf(host), 'line')}\n`).join('')}`;
}

function sizeOf({ cpus, gpus, memory }: NewHost): WrittenMap {
  return { cpus, gpus, ...(memory !== undefined && { memory: printValue('size', memory) }) };
}

function studentText({ whole, student }: Shares): string {
  const memory =
    student.memory === undefined ? `an eighth of the CPUs of ${whole}` : `an eighth of the CPUs and memory of ${whole}`;
  return `${schemaLine('group', '../../')}\
description: Students, and everybody who is not listed
limits:
  # All of them together: ${memory}.
  # Tasks are processes and threads; a training job needs hundreds of them.
${limitLines(student)}`;
}

function researcherText({ whole, researcher }: Shares): string {
  const memory =
    researcher.memory === undefined
      ? ''
      : `  # Three quarters of the memory, which cannot be taken back from whoever holds it.\n`;
  return `${schemaLine('group', '../../')}\
description: PhD students, research assistants and staff
limits:
  # All CPUs of ${whole}: when groups want them at the same time, the kernel gives each the same share.
${memory}${limitLines(researcher)}`;
}

function limitLines({ cpus, memory, container }: Share): string {
  const perGroup = { cpu_quota: `${cpus * 100}%`, memory_max: memoryWord(memory), tasks_max: TASKS };
  const perContainer = {
    cpus: container.cpus,
    ...(container.memory !== undefined && { memory: memoryWord(container.memory) }),
    ...(container.gpus > 0 && { gpus: container.gpus }),
  };
  const unknown =
    memory === undefined
      ? '  # How much memory each host has, site.yaml does not say: write it there, and a limit here.\n'
      : '';
  return `${unknown}\
  per_group: ${flowText(perGroup, 'line')}
  per_container: ${flowText(perContainer, 'line')}
`;
}

function memoryWord(memory: number | undefined): string {
  return printValue('size', memory ?? Number.POSITIVE_INFINITY);
}

const ADMIN_GROUP = `${schemaLine('group', '../../')}\
description: Administrators of the servers
limits:
  # Whoever repairs a server must not be stopped by its limits.
  per_group: { cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited }
`;

function adminText({ admin, today }: NewSite): string {
  const reason = 'The account for running the servers';
  const member = { accounts: [admin], group: 'admin', reason, granted: today, expires: 'never' } as const;
  return memberText(member, schemaLine('member', '../../'));
}
