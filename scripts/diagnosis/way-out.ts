import { valueWord } from '../units/drift.ts';
import { readDirective } from '../units/systemd-values.ts';
import { containerIn } from './cgroup-level.ts';
import type { CausingLimit } from './check.ts';
import { dockerUpdate } from './docker-update.ts';
import { type ContainerLimitField, containerFieldOf, sliceFieldOf } from './limit-fields.ts';
import type { LimitSource } from './limit-source.ts';

/** A limit for the report: what it is, and who says so in words. */
export function causingLimit(source: LimitSource): CausingLimit {
  const { key, value, place } = source;
  return { key, value, origin: originWords(source), ...(place && { place }) };
}

function originWords({ origin, cgroup, file = '' }: LimitSource): string {
  switch (origin) {
    case 'policy':
      return 'policy';
    case 'set-property':
      return `systemctl set-property, in ${file}`;
    case 'file':
      return file;
    case 'container':
      return "the container's own options";
    case 'default':
      return "systemd's default for services and scopes";
    case 'kernel':
      return isSlice(cgroup) ? 'nobody but the kernel: no file says it' : 'whoever started it';
  }
}

/**
 * What to do about a limit that is too low: the line that changes policy where policy says it, what gives policy the last
 * word where something else has it, or the option to make a container with. `wanted` is the value that would help, as policy
 * spells it for the scope that the limit is in; absent where nobody can say.
 */
export function wayOut(source: LimitSource, wanted: string | undefined): string {
  switch (source.origin) {
    case 'policy':
      return raisePolicy(source, wanted);
    case 'container':
      return remakeContainer(source, wanted);
    case 'default':
      return raiseDefault(source, wanted);
    default:
      return overrule(source, wanted);
  }
}

function raisePolicy(source: LimitSource, wanted: string | undefined): string {
  const command = setLimit(source, wanted ?? 'VALUE');
  if (command === undefined) {
    return `start anew what runs in ${source.cgroup}: policy gives the slice to nobody any more, and changes no limit of it`;
  }
  return wanted === undefined ? `raise it with ${command}` : command;
}

// What a file says that is not of ours, or nobody but the kernel, holds until apply or somebody takes it away. Policy may
// say less, and then that alone would make things worse.
function overrule(source: LimitSource, wanted: string | undefined): string {
  const { cgroup, key, policy } = source;
  if (!isSlice(cgroup)) return `start it anew with a higher ${key}: no file and no policy limits ${cgroup}`;
  const [step, raise] = [settlingStep(source), setLimit(source, wanted ?? 'VALUE')];
  if (raise !== undefined && !isMore(source)) return `${raise}; then ${step}`;
  return `${step}: then ${policy === undefined ? 'policy sets no limit here' : `${key} is ${valueWord(policy)}, as policy says`}`;
}

function settlingStep({ origin, file = '', settledBy, cgroup, key }: LimitSource): string {
  if (settledBy === 'adopt') return `ds01-policy apply --adopt, which takes ${file} over`;
  if (settledBy === 'apply') return `ds01-policy apply${origin === 'set-property' ? `, which takes ${file} away` : ''}`;
  if (file === '') return `systemctl daemon-reload, or whoever set ${key} of ${cgroup} takes it back`;
  return `take ${file} away, and systemctl daemon-reload`;
}

// Whether policy alone would help.
function isMore({ key, value, policy }: LimitSource): boolean {
  return amountOf(key, policy) > amountOf(key, value);
}

function amountOf(key: string, text: string | undefined): number {
  const [directive = ''] = key.split(' ');
  if (text === undefined || text === 'infinity') return Number.POSITIVE_INFINITY;
  return Number(readDirective(directive, text));
}

// The container tools give it what policy says; whoever calls Docker alone has to say it.
function remakeContainer(source: LimitSource, wanted: string | undefined): string {
  const { key, policy, cgroup } = source;
  const field = containerFieldOf(key);
  if (field === undefined) return `make the container anew with a higher ${key}`;
  const raised = giveContainer(field, wanted, cgroup);
  if (policy === undefined) return `${raised}: policy sets no limit here`;
  if (policy === 'infinity') return `make the container anew without ${OPTIONS[field]}, as policy says`;
  if (isMore(source)) {
    const granted = field === 'cpus' ? String(amountOf('CPUQuota', policy) / 100) : policy;
    return `${giveContainer(field, granted, cgroup)}, as policy says`;
  }
  return `${setLimit(source, wanted ?? 'VALUE')}; then ${raised}`;
}

function giveContainer(field: ContainerLimitField, value: string | undefined, cgroup: string): string {
  const option = OPTIONS[field];
  if (value === undefined) return `make the container anew with a higher ${option}`;
  // As `docker ps` shows it.
  const id = cgroup.replace(/^(?:docker-)?([0-9a-f]{12}).*$/, '$1');
  return dockerUpdate(option, value.toLowerCase(), id);
}

const OPTIONS: Readonly<Record<ContainerLimitField, string>> = {
  cpus: '--cpus',
  memory: '--memory',
  pids_limit: '--pids-limit',
};

function raiseDefault(source: LimitSource, wanted: string | undefined): string {
  if (containerIn(source.cgroup) !== undefined) return remakeContainer(source, wanted);
  const { key } = source;
  return `start it anew with ${wanted === undefined ? `a higher ${key}` : `${key}=${wanted}`}, or raise Default${key} in /etc/systemd/system.conf`;
}

function setLimit({ key, owner }: LimitSource, value: string): string | undefined {
  const field = owner?.scope === 'per_container' ? containerFieldOf(key) : sliceFieldOf(key);
  if (!owner || field === undefined) return undefined;
  const [, device] = key.split(' ');
  const rate = device === undefined ? '' : ` --device ${device}`;
  return `ds01-policy set-limit ${owner.name} ${owner.scope}.${field} ${value}${rate} --reason TEXT`;
}

function isSlice(cgroup: string): boolean {
  return cgroup.endsWith('.slice');
}
