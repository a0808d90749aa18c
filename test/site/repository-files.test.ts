import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { check } from '../../scripts/policy/check.ts';
import type { NewHost, NewSite } from '../../scripts/site/new-site.ts';
import { repositoryFiles } from '../../scripts/site/repository-files.ts';
import { policyFile } from '../support/policy-files.ts';
import { REPOSITORY } from '../support/repository.ts';

const TIB = 2 ** 40;
const SITE: NewSite = {
  name: 'lab1',
  domain: 'example.org',
  hosts: [{ name: 'gpu1', cpus: 128, gpus: 4, memory: TIB }],
  admin: 'ops@example.org',
  timeZone: 'Europe/Berlin',
  leads: '@example-org/lab-leads',
  admins: '@example-org/administrators',
  tool: 'github:example-org/ds01-policy#v0.1.0',
  today: '2026-11-24',
};

function textOf(path: string, site: Partial<NewSite> = {}): string | undefined {
  return repositoryFiles({ ...SITE, ...site }).get(path);
}

function limitsOf(group: string, ...hosts: NewSite['hosts']): readonly string[] {
  const text = textOf(`policy/groups/${group}.yaml`, { hosts }) ?? '';
  return text.split('\n').filter((line) => / per_/.test(line));
}

/** What the policy of a site says of itself, on its first day. */
function findingsOf(site: NewSite) {
  const policy = [...repositoryFiles(site)].filter(([path]) => path.startsWith('policy/'));
  const files = policy.map(([path, text]) => policyFile(path.replace('policy/', ''), text));
  return check(files, { kind: 'day', day: site.today }).findings;
}

describe('the first policy', () => {
  it('says what holds for the site', () => {
    expect(textOf('policy/site.yaml')).toBe(`\
# yaml-language-server: $schema=../node_modules/ds01-policy/schemas/site.schema.json
# What holds for the whole site. Editors show what each field means once "npm install" has been run.
version: 1
name: lab1 # the slices are called lab1.slice, lab1-<group>.slice, lab1-<group>-<account>.slice
default_group: student # everybody who has no file under members/
admin_group: admin # never limited, never empty
time_zone: Europe/Berlin # a grant ends at the end of its last day here
account_domain: example.org
hosts: # what the machines are called, and how large they are
  gpu1: { cpus: 128, gpus: 4, memory: 1T }
`);
  });

  it('gives students an eighth', () => {
    expect(textOf('policy/groups/student.yaml')).toBe(`\
# yaml-language-server: $schema=../../node_modules/ds01-policy/schemas/group.schema.json
description: Students, and everybody who is not listed
limits:
  # All of them together: an eighth of the CPUs and memory of gpu1.
  # Tasks are processes and threads; a training job needs hundreds of them.
  per_group: { cpu_quota: 1600%, memory_max: 128G, tasks_max: 65536 }
  per_container: { cpus: 8, memory: 64G, gpus: 1 }
`);
  });

  it('gives researchers all CPUs, and leaves some memory to the others', () => {
    expect(textOf('policy/groups/researcher.yaml')).toBe(`\
# yaml-language-server: $schema=../../node_modules/ds01-policy/schemas/group.schema.json
description: PhD students, research assistants and staff
limits:
  # All CPUs of gpu1: when groups want them at the same time, the kernel gives each the same share.
  # Three quarters of the memory, which cannot be taken back from whoever holds it.
  per_group: { cpu_quota: 12800%, memory_max: 768G, tasks_max: 65536 }
  per_container: { cpus: 64, memory: 384G, gpus: 2 }
`);
  });

  it('limits no administrator, and names the first one', () => {
    expect(textOf('policy/groups/admin.yaml')).toContain(
      '  per_group: { cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited }\n',
    );
    expect(textOf('policy/members/ops.yaml')).toBe(`\
# yaml-language-server: $schema=../../node_modules/ds01-policy/schemas/member.schema.json
accounts: [ops@example.org]
group: admin
reason: The account for running the servers
granted: 2026-11-24
expires: never
`);
  });

  it('divides the smallest of several machines', () => {
    const hosts = [
      { name: 'gpu1', cpus: 128, gpus: 4, memory: TIB },
      { name: 'gpu2', cpus: 64, gpus: 0, memory: TIB / 2 },
    ] as const;
    expect(limitsOf('student', ...hosts)).toEqual([
      '  per_group: { cpu_quota: 800%, memory_max: 64G, tasks_max: 65536 }',
      '  per_container: { cpus: 4, memory: 32G, gpus: 1 }',
    ]);
    expect(textOf('policy/groups/student.yaml', { hosts })).toContain('of the smallest host.\n');
  });

  it('does not guess how much memory there is, nor hands out GPUs that are not there', () => {
    const hosts = [{ name: 'gpu1', cpus: 128, gpus: 0 }] as const;
    for (const group of ['student', 'researcher']) {
      const text = textOf(`policy/groups/${group}.yaml`, { hosts });
      expect(text).toContain('memory_max: unlimited');
      expect(text).toMatch(/ {2}# How much memory each host has, site.yaml does not say: .*\n {2}per_group: /);
    }
    expect(limitsOf('researcher', ...hosts)[1]).toBe('  per_container: { cpus: 64 }');
    expect(textOf('policy/site.yaml', { hosts })).toContain('  gpu1: { cpus: 128, gpus: 0 }\n');
  });

  it('can be kept on the smallest machine', () => {
    const hosts = [{ name: 'tiny', cpus: 1, gpus: 0, memory: 2 ** 30 }] as const;
    expect(limitsOf('student', ...hosts)).toEqual([
      '  per_group: { cpu_quota: 100%, memory_max: 256M, tasks_max: 65536 }',
      '  per_container: { cpus: 1, memory: 256M }',
    ]);
  });

  it('has no finding, whatever the machines are', () => {
    const host: fc.Arbitrary<NewHost> = fc.record(
      {
        name: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
        cpus: fc.integer({ min: 1, max: 9999 }),
        gpus: fc.integer({ min: 0, max: 1024 }),
        memory: fc.integer({ min: 4, max: 4 * 999_999 }).map((quarters) => quarters * 2 ** 28),
      },
      { requiredKeys: ['name', 'cpus', 'gpus'] },
    );
    const hosts = fc.uniqueArray(host, { selector: ({ name }) => name, minLength: 1, maxLength: 3 });
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);
    fc.assert(
      fc.property(name, hosts, (name, [first, ...others]) => {
        expect(findingsOf({ ...SITE, name, hosts: [first as NewHost, ...others] })).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('is right where a name could be taken for something else', () => {
    const hosts = [{ name: '123', cpus: 8, gpus: 0 }] as const;
    const site = { ...SITE, name: 'null', hosts, admin: 'true@example.org' };
    expect(findingsOf(site)).toEqual([]);
    expect(textOf('policy/site.yaml', site)).toContain('name: "null" #');
  });
});

describe('what GitHub reads', () => {
  it.each([
    '.github/workflows/expiry.yml',
    '.github/workflows/plan-comment.yml',
    '.github/workflows/request-access.yml',
    '.github/workflows/validate.yml',
    '.github/actions/set-up/action.yml',
    '.github/ISSUE_TEMPLATE/config.yml',
    '.github/ISSUE_TEMPLATE/request-access.yml',
    '.github/dependabot.yml',
  ])('%s is the one that is tested here', (path) => {
    expect(textOf(path)).toBe(readFileSync(join(REPOSITORY, path), 'utf8'));
  });

  it('has two kinds of owners', () => {
    const lines = textOf('.github/CODEOWNERS')
      ?.split('\n')
      .filter((line) => /^[^#]/.test(line));
    expect(lines).toEqual(['*           @example-org/administrators', '/policy/    @example-org/lab-leads']);
  });

  it('offers the groups that there are, but the one that everybody is in', () => {
    const [, options = ''] =
      /options:\n((?: +- .*\n)+)/.exec(textOf('.github/ISSUE_TEMPLATE/request-access.yml') ?? '') ?? [];
    const groups = [...repositoryFiles(SITE).keys()].flatMap((path) => /groups\/(.*)\.yaml$/.exec(path)?.[1] ?? []);
    expect(options.trim().split(/\s*- /).slice(1).sort()).toEqual(groups.filter((group) => group !== 'student').sort());
  });
});

describe('the repository', () => {
  it('has the tool as its only dependency, under the script that workflows call', () => {
    expect(JSON.parse(textOf('package.json') ?? '')).toEqual({
      name: 'policy-of-lab1',
      private: true,
      engines: packageJson.engines,
      scripts: { 'ds01-policy': 'ds01-policy' },
      devDependencies: { 'ds01-policy': 'github:example-org/ds01-policy#v0.1.0' },
    });
    // npm installs no package into one of the same name.
    expect(JSON.parse(textOf('package.json', { name: 'ds01' }) ?? '').name).not.toBe(packageJson.name);
  });

  it('says on one screen how it is used', () => {
    const lines = textOf('README.md')?.split('\n') ?? [];
    expect(lines.length).toBeLessThan(50);
    expect(lines).toContain('npm run -s ds01-policy -- install --remote URL-OF-THIS-REPOSITORY --host gpu1');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it('is the same every time, and ends every line as text does', () => {
    expect([...repositoryFiles(SITE)]).toEqual([...repositoryFiles(SITE)]);
    for (const text of repositoryFiles(SITE).values()) expect(text).toMatch(/^[^\r\t]+\n$/);
  });
});
