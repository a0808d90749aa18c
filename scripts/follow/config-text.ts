import { readSource, type Source } from '../policy/source.ts';
import { printValue } from '../policy/values.ts';
import type { Config } from './config.ts';
import { CONFIG_DEFAULTS, CONFIG_VERSION, readConfig } from './config-document.ts';

/** Values of the configuration by key, as they would be written; keys of a map within it as `pause.default`. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Text of the configuration that reads as this one: the same bytes for the same configuration. */
export function configText(config: Config): string {
  const { commitStatus } = config;
  return firstConfigText({
    remote: config.remote,
    branch: config.branch,
    host: config.host,
    machine_id: config.machineId,
    interval: printValue('duration', config.interval),
    trust: config.trust,
    drift: config.drift,
    metrics: config.metricsFolder,
    'pause.default': printValue('duration', config.pause.default),
    'pause.longest': printValue('duration', config.pause.longest),
    corrections_per_hour: String(config.correctionsPerHour),
    'commit_status.repository': commitStatus?.repository,
    'commit_status.api': commitStatus?.api,
  });
}

/** Text of a new configuration with these settings, right or wrong; what is not set is what the defaults are. */
export function firstConfigText(settings: Settings): string {
  const { branch, interval, pause, corrections_per_hour: corrections } = CONFIG_DEFAULTS;
  const value = (key: string, otherwise = '') => scalar(settings[key] ?? otherwise);
  const optional = (key: string, example: string) => {
    const text = settings[key];
    return text === undefined ? [`# ${key}: ${example}`] : [`${key}: ${scalar(text)}`];
  };
  const blocks = [
    [...ABOUT, `version: ${CONFIG_VERSION}`],
    [...ABOUT_REMOTE, `remote: ${value('remote')}`, `branch: ${value('branch', branch)}`],
    [...ABOUT_HOST, `host: ${value('host')}`, ...optional('machine_id', '"f3a1c0de5b7948d2a6e09b1c7d4e8f20"')],
    ['# A run begins at least so often: 10s to 1d.', `interval: ${value('interval', interval)}`],
    [...ABOUT_TRUST, `trust: ${value('trust')}`],
    [
      '# Limits that others set on this host: enforce or report. Without it, as policy says.',
      ...optional('drift', 'report'),
    ],
    [
      "# The folder of node_exporter's textfile collector.",
      ...optional('metrics', '/var/lib/prometheus/node-exporter'),
    ],
    [
      '# How long a pause lasts if nothing is said, and at most.',
      'pause:',
      `  default: ${value('pause.default', pause.default)}`,
      `  longest: ${value('pause.longest', pause.longest)}`,
    ],
    [
      '# So often in an hour the same drift is put right; then it is left, and somebody is told.',
      `corrections_per_hour: ${settings.corrections_per_hour ?? corrections}`,
    ],
    [...ABOUT_STATUS, ...commitStatus(settings)],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const ABOUT = [
  '# What this host follows, and how. ds01-policy install writes this file once; edit it as you like, the next run reads it.',
  '# After a change of interval, metrics or commit_status run ds01-policy install again: systemd has to know of them.',
];
const ABOUT_REMOTE = [
  '# The repository of policy: https://, ssh:// or user@host:path, file:/// or a path. No password: anybody can read this.',
];
const ABOUT_HOST = [
  '# Which of the hosts in policy/site.yaml this is, and which machine (/etc/machine-id): a clone of it applies nothing.',
];
const ABOUT_TRUST = [
  '# none: whoever can push to the branch decides about this host, as long as a commit descends from the last applied one.',
  '# signed: each commit on the way is signed by a key in allowed-signers or openpgp-keys, beside this file.',
];
const ABOUT_STATUS = [
  '# Where the outcome is reported for each commit. The token is in commit-status-token, beside this file.',
];

function commitStatus(settings: Settings): readonly string[] {
  const { 'commit_status.repository': repository, 'commit_status.api': api = CONFIG_DEFAULTS.api } = settings;
  const lines = ['commit_status:', `  repository: ${repository === undefined ? 'owner/name' : scalar(repository)}`];
  if (repository === undefined) return lines.map((line) => `# ${line}`);
  return [...lines, `  api: ${scalar(api)}`];
}

/**
 * Text of a configuration with some of its top keys set to other values: only their lines change, and none if it says
 * the same already. The text must be one that can be read; what becomes of it may be wrong.
 */
export function editConfigText(text: string, settings: Settings): string {
  return Object.entries(settings).reduce((before, [key, value]) => {
    if (value === undefined) return before;
    const after = withSetting(before, key, value);
    return saysTheSame(before, after) ? before : after;
  }, text);
}

function withSetting(text: string, key: string, value: string): string {
  const line = `${key}: ${scalar(value)}`;
  const span = spansOf(text)?.get(`/${key}`);
  if (!span) {
    // In the place of the example that the first text has.
    const example = new RegExp(`^# ${key}: .*$`, 'm');
    return example.test(text) ? text.replace(example, () => line) : `${text}${line}\n`;
  }
  const [start, end] = span.value;
  return `${text.slice(0, start)}${scalar(value)}${text.slice(end)}`;
}

function spansOf(text: string): Source['spans'] | undefined {
  return readSource('', text).source?.spans;
}

function saysTheSame(before: string, after: string): boolean {
  const [a, b] = [before, after].map((text) => JSON.stringify(readConfig('', text).config));
  return a !== undefined && a === b;
}

// What begins with a small letter or a slash is text, unless it is a word of YAML's own (YAML 1.2, core schema); so is a
// number with the unit of a duration.
function scalar(text: string): string {
  const plain = /^[a-z/][A-Za-z0-9._~/%+=,@:-]*$/.test(text) && !/^(true|false|null)$|:$/.test(text);
  return plain || /^[1-9][0-9]*(s|min|h|d)$/.test(text) ? text : JSON.stringify(text);
}
