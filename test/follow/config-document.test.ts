import { describe, expect, it } from 'vitest';
import { readConfig } from '../../scripts/follow/config-document.ts';
import { SCHEMAS } from '../../scripts/policy/schema.ts';
import { findingsText } from '../../scripts/report/findings.ts';
import { plain } from '../../scripts/report/paint.ts';

const FILE = '/etc/ds01-policy/config.yaml';
const LEAST = 'version: 1\nremote: /srv/policy.git\nhost: ds01\ntrust: none\n';
const WHOLE = `version: 1
remote: git@git.example.org:lab/policy.git
branch: release/2
host: "007"
machine_id: "00000000000000000000000000000001"
interval: 90s
trust: signed
drift: report
metrics: /var/lib/prometheus/node-exporter
pause: { default: 30min, longest: 2d }
corrections_per_hour: 3
commit_status: { api: "http://localhost:8080/api/v3", repository: lab/policy }
`;

function found(text: string): string {
  const { config, findings } = readConfig(FILE, text);
  expect(config).toBeUndefined();
  return findingsText(findings, (file) => file, plain);
}

describe('readConfig', () => {
  it('fills in what is not said', () => {
    expect(readConfig(FILE, LEAST)).toEqual({
      config: {
        remote: '/srv/policy.git',
        branch: 'main',
        host: 'ds01',
        interval: 60,
        trust: 'none',
        pause: { default: 14_400, longest: 604_800 },
        correctionsPerHour: 5,
      },
      findings: [],
    });
    const { config } = readConfig(FILE, `${LEAST}commit_status: { repository: lab/policy }\n`);
    expect(config?.commitStatus).toEqual({ api: 'https://api.github.com', repository: 'lab/policy' });
  });

  it('has everything that can be said, and the schema has no other key', () => {
    expect(readConfig(FILE, WHOLE).config).toEqual({
      remote: 'git@git.example.org:lab/policy.git',
      branch: 'release/2',
      host: '007',
      machineId: '00000000000000000000000000000001',
      interval: 90,
      trust: 'signed',
      drift: 'report',
      metricsFolder: '/var/lib/prometheus/node-exporter',
      pause: { default: 1800, longest: 172_800 },
      correctionsPerHour: 3,
      commitStatus: { api: 'http://localhost:8080/api/v3', repository: 'lab/policy' },
    });
    const { properties } = SCHEMAS.config;
    expect([...WHOLE.matchAll(/^[a-z_]+/gm)].join(' ')).toBe(Object.keys(properties).join(' '));
    expect(Object.keys(properties.pause.properties)).toEqual(['default', 'longest']);
    expect(Object.keys(properties.commit_status.properties)).toEqual(['api', 'repository']);
  });

  it('lets no pause last longer by itself than one may', () => {
    const { config } = readConfig(FILE, `${LEAST}pause: { longest: 1h }\n`);
    expect(config?.pause).toEqual({ default: 3600, longest: 3600 });
  });

  it('says what is wrong with a value, where, and the way out', () => {
    const text = `${LEAST.replace('/srv/policy.git', 'ext::sh').replace('none', 'none\nbranch: a..b')}interval: 5 minutes\n`;
    expect(found(text)).toBe(`${FILE}:2:9: error: "ext::sh" is not a repository that a host can follow [config-value]
  2 | remote: ext::sh
    |         ^^^^^^^
  fix: write https://host/path, ssh://user@host/path, user@host:path, file:///path or /path

${FILE}:5:9: error: "a..b" is not the name of a branch [config-value]
  5 | branch: a..b
    |         ^^^^
  fix: write it as git branch lists it: letters, digits, ".", "_", "-", "/"

${FILE}:6:11: error: "5 minutes" is not a duration: a whole number with s, min, h or d, as in 48h, or unlimited [config-value]
  6 | interval: 5 minutes
    |           ^^^^^^^^^
  fix: write 5min

3 errors
`);
  });

  it.each([
    ['interval: 9s', 6, '"9s" is out of bounds', 'write 10s to 1d'],
    ['interval: 25h', 6, '"25h" is out of bounds', 'write 10s to 1d'],
    ['interval: unlimited', 6, '"unlimited" is out of bounds', 'write 10s to 1d'],
    [
      'interval: never',
      6,
      '"never" is not a duration: a whole number with s, min, h or d, as in 48h, or unlimited',
      undefined,
    ],
    ['pause: { default: 4h, longest: 3h }', 6, '"4h" is out of bounds', 'write 1min to 3h'],
    ['pause: { longest: 32d }', 6, '"32d" is out of bounds', 'write 1min to 31d'],
    ['pause: { default: 8d }', 6, '"8d" is out of bounds', 'write 1min to 7d'],
    ['pause: { longest: soon }', 6, expect.stringContaining('"soon" is not a duration'), undefined],
  ])('%s', (line, at, message, fix) => {
    const { config, findings } = readConfig(FILE, `${LEAST}\n${line}\n`);
    expect(config).toBeUndefined();
    expect(findings).toMatchObject([
      { message, location: { file: FILE, line: at }, ...(fix !== undefined && { fix }) },
    ]);
    expect(findings[0]?.fix).toBe(fix);
  });

  it.each([
    ['machine_id: 00000000-0000-0000-0000-000000000001', 'schema-value'],
    ['machine_id: F3A1C0DE5B7948D2A6E09B1C7D4E8F20', 'schema-value'],
    ['interval: 60', 'schema-type'],
    ['drift: ignore', 'schema-value'],
    ['metrics: var/lib/x', 'schema-value'],
    ['metrics: /var/lib/../x', 'schema-value'],
    ['metrics: /', 'schema-value'],
    ['metrics: "/var/lib/a b"', 'schema-value'],
    ['metrics: /var/lib/%h', 'schema-value'],
    ['pause: {}', 'schema-empty'],
    ['corrections_per_hour: 0', 'schema-value'],
    ['commit_status: { repository: policy }', 'schema-value'],
    ['commit_status: { api: "https://api.github.com/", repository: lab/policy }', 'schema-value'],
    ['commit_status: { api: "http://api.github.com", repository: lab/policy }', 'schema-value'],
    ['commit_status: { api: "http://localhost.example.org", repository: lab/policy }', 'schema-value'],
    ['commit_status: {}', 'schema-missing-key'],
    ['pull: yes', 'schema-unknown-key'],
    ['version: 1', 'yaml-duplicate-key'],
  ])('refuses %s', (line, rule) => {
    expect(readConfig(FILE, `${LEAST}${line}\n`)).toEqual({ findings: [expect.objectContaining({ rule })] });
  });

  it.each(['', '-ds01', 'DS01', 'ds01.example.org', 'x'.repeat(64)])('refuses %j as a host', (host) => {
    expect(readConfig(FILE, LEAST.replace('ds01', JSON.stringify(host))).findings).toHaveLength(1);
  });

  it('wants trust to be decided', () => {
    expect(found(LEAST.replace('trust: none\n', ''))).toBe(`${FILE}:1:1: error: "trust" is missing [schema-missing-key]
  1 | version: 1
    | ^
  fix: add it, for instance trust: signed

1 error
`);
  });

  it('refuses a newer format without going into its keys', () => {
    expect(found(`${LEAST.replace('version: 1', 'version: 2')}later: 1\n`)).toBe(
      `${FILE}:1:10: error: configuration format 2 is newer than format 1, the newest that this tool knows [format-version]
  1 | version: 2
    |          ^
  fix: upgrade ds01-policy first

1 error
`,
    );
  });

  it('speaks of itself where policy would speak of members', () => {
    expect(found('')).toMatch(
      /the file is empty \[yaml-empty\]\n.*\n.*\n {2}fix: take the file away and run ds01-policy install/,
    );
    expect(found(`${LEAST}---\n${LEAST}`)).toContain('error: the configuration is one YAML document');
    expect(found('- 1\n')).toContain('must be a map');
    expect(found('a: "\u001b[31m')).toContain('text-character');
  });
});
