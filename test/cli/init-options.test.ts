import { describe, expect, it } from 'vitest';
import { type InitOptions, readInitOptions } from '../../scripts/cli/init-options.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';

const NOW = new Date('2026-11-24T23:30:00Z');
const GIVEN: InitOptions = {
  site: 'lab1',
  domain: 'example.org',
  hosts: 'gpu1=128cpus,4gpus,1T',
  admin: 'ops',
  leads: '@example-org/lab-leads',
  'time-zone': 'Europe/Berlin',
};

function read(changed: InitOptions = {}) {
  return readInitOptions({ ...GIVEN, ...changed }, NOW);
}

function problem(changed: InitOptions): string {
  try {
    read(changed);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'nothing';
}

describe('the options of init', () => {
  it('are read, on the day that it is there', () => {
    expect(read()).toEqual({
      name: 'lab1',
      domain: 'example.org',
      hosts: [{ name: 'gpu1', cpus: 128, gpus: 4, memory: 2 ** 40 }],
      admin: 'ops@example.org',
      timeZone: 'Europe/Berlin',
      leads: '@example-org/lab-leads',
      admins: '@example-org/lab-leads',
      today: '2026-11-25',
    });
    expect(read({ 'time-zone': 'UTC', admins: '@someone' })).toMatchObject({ today: '2026-11-24', admins: '@someone' });
  });

  it('take the account in any spelling', () => {
    expect(read({ admin: 'OPS@Example.org' }).admin).toBe('ops@example.org');
  });

  it.each([
    ['gpu1=1cpu', [{ name: 'gpu1', cpus: 1, gpus: 0 }]],
    ['gpu1=8cpus,1gpu', [{ name: 'gpu1', cpus: 8, gpus: 1 }]],
    ['gpu1=8cpus,512G', [{ name: 'gpu1', cpus: 8, gpus: 0, memory: 2 ** 39 }]],
    [
      'gpu-1=128cpus,4gpus,1.5T,2=64cpus,2gpus,gpu3=8cpus',
      [
        { name: 'gpu-1', cpus: 128, gpus: 4, memory: 1.5 * 2 ** 40 },
        { name: '2', cpus: 64, gpus: 2 },
        { name: 'gpu3', cpus: 8, gpus: 0 },
      ],
    ],
  ])('know hosts as in %s', (hosts, expected) => {
    expect(read({ hosts }).hosts).toEqual(expected);
  });

  it('that are missing are named at once', () => {
    const example =
      '--site lab1 --domain example.org --hosts gpu1=128cpus,4gpus,1T --admin ops --leads @example-org/lab-leads';
    expect(() => readInitOptions({}, NOW)).toThrow(
      `--site, --domain, --hosts, --admin and --leads are missing, as in: ${example}`,
    );
    expect(problem({ admin: undefined })).toBe(`--admin is missing, as in: ${example}`);
  });

  it('that are wrong are named at once', () => {
    const wrong = {
      site: 'Lab-1',
      domain: 'example',
      hosts: 'gpu1',
      admin: 'a@b',
      leads: 'x',
      admins: 'y',
      'time-zone': 'Z',
    };
    const words = problem(wrong).split('; ');
    expect(words.map((word) => word.split(' ')[0])).toEqual([
      '--site',
      '--domain',
      '--hosts',
      '--admin',
      '--leads',
      '--admins',
      '--time-zone',
    ]);
  });

  it.each([
    [{ site: 'ds-01' }, '--site "ds-01" is not a name: at most 16 lower-case letters and digits, a letter first'],
    [{ site: 'a'.repeat(17) }, /^--site "a+" is not a name/],
    [{ domain: 'Example.org' }, '--domain "Example.org" is not a domain in lower case, such as example.org'],
    [{ admin: 'ops@example.com' }, '--admin "ops@example.com" is not a login, alone or as name@example.org'],
    [{ admin: '$(id)' }, '--admin "$(id)" is not a login, alone or as name@example.org'],
    [{ leads: 'example-org/lab-leads' }, '--leads "example-org/lab-leads" is not @organisation/team or @login'],
    [{ leads: '@org/team @evil' }, /^--leads /],
    [{ leads: '@org/team\n* @evil' }, /^--leads /],
    [{ 'time-zone': '+01:00' }, '--time-zone "+01:00" is not an IANA name such as Europe/Berlin, or UTC'],
  ])('%j is refused', (changed, expected) => {
    expect(problem(changed)).toMatch(expected);
  });

  it.each([
    ['gpu1', 'is not NAME=CPUS,GPUS,MEMORY, as in gpu1=128cpus,4gpus,1T, where GPUS and MEMORY can be left out'],
    ['gpu1=4gpus', 'is not NAME=CPUS,GPUS,MEMORY, as in gpu1=128cpus,4gpus,1T, where GPUS and MEMORY can be left out'],
    ['GPU1=8cpus', 'names no host: a name is lower-case letters, digits and "-", at most 63'],
    ['=8cpus', 'names no host: a name is lower-case letters, digits and "-", at most 63'],
    ['gpu1=0cpus', 'has no CPU'],
    ['gpu1=8cpus,1025gpus', 'has more than 1024 GPUs'],
    ['gpu1=8cpus,512', /^has no such memory: "512" is not a size/],
    ['gpu1=8cpus,512M', 'has no memory of 1G or more'],
    ['gpu1=8cpus,unlimited', 'has no memory of 1G or more'],
  ])('a host is not %s', (hosts, expected) => {
    const words = problem({ hosts });
    expect(words).toMatch(/^--hosts "/);
    expect(words.replace(`--hosts "${hosts}" `, '')).toMatch(expected);
  });

  it('name each host once', () => {
    expect(problem({ hosts: 'gpu1=8cpus,gpu1=8cpus' })).toBe('--hosts names "gpu1" twice');
  });
});
