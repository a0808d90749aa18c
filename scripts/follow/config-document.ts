import type { Finding } from '../policy/finding.ts';
import type { DriftMode } from '../policy/policy.ts';
import { findSchemaProblems } from '../policy/schema.ts';
import type { SchemaProblem } from '../policy/schema-problem.ts';
import { type KeyPath, readSource, type Source } from '../policy/source.ts';
import { printValue, type Reading, readValue } from '../policy/values.ts';
import { toFinding } from '../policy/violation.ts';
import { readBranch } from './branch.ts';
import type { Config, Trust } from './config.ts';
import { readRemote } from './remote.ts';

/** The version of the format of the configuration that this program understands. */
export const CONFIG_VERSION = 1;

/** What holds where the configuration says nothing, as it would say it. */
export const CONFIG_DEFAULTS = {
  branch: 'main',
  interval: '1min',
  pause: { default: '4h', longest: '7d' },
  corrections_per_hour: 5,
  api: 'https://api.github.com',
} as const;

const SECONDS = { minute: 60, day: 86_400 } as const;
const INTERVAL = { least: 10, most: SECONDS.day };
const PAUSE = { least: SECONDS.minute, most: 31 * SECONDS.day };

/** The document as its schema has let it through. A test holds it against the schema, key by key. */
interface RawConfig {
  readonly remote: string;
  readonly branch?: string;
  readonly host: string;
  readonly machine_id?: string;
  readonly interval?: string;
  readonly trust: Trust;
  readonly drift?: DriftMode;
  readonly metrics?: string;
  readonly pause?: { readonly default?: string; readonly longest?: string };
  readonly corrections_per_hour?: number;
  readonly commit_status?: { readonly api?: string; readonly repository: string };
}

/**
 * Reads the configuration of a host: /etc/ds01-policy/config.yaml. Never throws: what is wrong is in `findings`, as for
 * policy, and then there is no `config`.
 */
export function readConfig(
  file: string,
  text: string,
): { readonly config?: Config; readonly findings: readonly Finding[] } {
  const { source, findings } = readSource(file, text);
  if (!source) return { findings: findings.map(inOurWords) };
  const problems = findVersionProblem(source) ?? findSchemaProblems('config', source.value);
  if (problems.length > 0) return { findings: asFindings(source, problems) };
  const wrong: SchemaProblem[] = [];
  const config = readRaw(source.value as RawConfig, (path, reading) => {
    if (reading.ok) return reading.value;
    const { message, fix } = reading;
    wrong.push({ rule: 'config-value', path, part: 'value', message, ...(fix !== undefined && { fix }) });
    return undefined;
  });
  return wrong.length > 0 || !config ? { findings: asFindings(source, wrong) } : { config, findings: [] };
}

type Take = <V>(path: KeyPath, reading: Reading<V>) => V | undefined;

function readRaw(raw: RawConfig, take: Take): Config | undefined {
  const remote = take(['remote'], readRemote(raw.remote));
  const branch = take(['branch'], readBranch(raw.branch ?? CONFIG_DEFAULTS.branch));
  const interval = take(['interval'], readDuration(raw.interval ?? CONFIG_DEFAULTS.interval, INTERVAL));
  const longest = take(['pause', 'longest'], readDuration(raw.pause?.longest ?? CONFIG_DEFAULTS.pause.longest, PAUSE));
  const most = longest ?? PAUSE.most;
  const usual = raw.pause?.default ?? printValue('duration', Math.min(most, DEFAULT_PAUSE));
  const pause = take(['pause', 'default'], readDuration(usual, { least: PAUSE.least, most }));
  if (!remote || branch === undefined || interval === undefined || longest === undefined || pause === undefined) {
    return undefined;
  }
  return {
    remote: raw.remote,
    branch,
    host: raw.host,
    ...(raw.machine_id !== undefined && { machineId: raw.machine_id }),
    interval,
    trust: raw.trust,
    ...(raw.drift !== undefined && { drift: raw.drift }),
    ...(raw.metrics !== undefined && { metricsFolder: raw.metrics }),
    pause: { default: pause, longest },
    correctionsPerHour: raw.corrections_per_hour ?? CONFIG_DEFAULTS.corrections_per_hour,
    ...(raw.commit_status && {
      commitStatus: { api: raw.commit_status.api ?? CONFIG_DEFAULTS.api, repository: raw.commit_status.repository },
    }),
  };
}

const DEFAULT_PAUSE = 4 * 3600;

function readDuration(text: string, { least, most }: { readonly least: number; readonly most: number }) {
  const reading = readValue('duration', text);
  if (!reading.ok || (reading.value >= least && reading.value <= most)) return reading;
  const [from, to] = [least, most].map((seconds) => printValue('duration', seconds));
  return { ok: false, message: `"${text}" is out of bounds`, fix: `write ${from} to ${to}` } as const;
}

// A newer format has keys that this program does not know: one finding instead of one for each of them.
function findVersionProblem(source: Source): readonly SchemaProblem[] | undefined {
  const { version } = Object(source.value) as { version?: unknown };
  if (typeof version !== 'number' || version <= CONFIG_VERSION) return undefined;
  const message = `configuration format ${version} is newer than format ${CONFIG_VERSION}, the newest that this tool knows`;
  return [{ rule: 'format-version', path: ['version'], part: 'value', message, fix: 'upgrade ds01-policy first' }];
}

function asFindings(source: Source, problems: readonly SchemaProblem[]): readonly Finding[] {
  return problems.map(({ rule, ...violation }) => {
    return toFinding({ id: rule, severity: 'error' }, { source, ...violation });
  });
}

// What reads YAML speaks of policy and its folder.
function inOurWords(finding: Finding): Finding {
  return { ...finding, ...WORDS[finding.rule] };
}

const WORDS: Readonly<Record<string, Pick<Finding, 'fix'> & { readonly message?: string }>> = {
  'yaml-documents': { message: 'the configuration is one YAML document', fix: 'take out all but one' },
  'yaml-empty': { fix: 'take the file away and run ds01-policy install, which writes it' },
};
