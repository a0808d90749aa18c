import { ACCOUNT, canonicalAccount } from '../policy/account.ts';
import { dayOf, isTimeZone } from '../policy/calendar.ts';
import { SCHEMAS } from '../policy/schema.ts';
import { readValue } from '../policy/values.ts';
import type { NewHost, NewSite } from '../site/new-site.ts';
import { UsageError } from './usage-error.ts';

/** What the options of `init` say. */
export interface InitOptions {
  readonly site?: string | undefined;
  readonly domain?: string | undefined;
  readonly hosts?: string | undefined;
  readonly admin?: string | undefined;
  readonly leads?: string | undefined;
  readonly admins?: string | undefined;
  readonly 'time-zone'?: string | undefined;
}

const EXAMPLE =
  '--site lab1 --domain example.org --hosts gpu1=128cpus,4gpus,1T --admin ops --leads @example-org/lab-leads';

/** What nobody can guess. */
const REQUIRED = ['site', 'domain', 'hosts', 'admin', 'leads'] as const;

const { name: NAME, hosts: HOSTS } = SCHEMAS.site.properties;
const GRAMMARS = {
  name: new RegExp(NAME.pattern),
  host: new RegExp(HOSTS.propertyNames.pattern),
  domain: new RegExp(SCHEMAS.site.$defs.domain.pattern),
  // GitHub's, for logins, organisations and teams.
  owner: /^@[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:\/[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/,
};

/** Reads the options; without a time zone, it is the one of this machine. Throws UsageError, with all that is wrong at once. */
export function readInitOptions(options: InitOptions, now: Date): Omit<NewSite, 'tool'> {
  const missing = REQUIRED.filter((name) => options[name] === undefined).map((name) => `--${name}`);
  if (missing.length > 0) {
    const [last, ...others] = missing.reverse();
    const names = others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
    throw new UsageError(`${names} ${others.length === 0 ? 'is' : 'are'} missing, as in: ${EXAMPLE}`, 'init');
  }
  const { site: name = '', domain = '', hosts = '', admin = '', leads = '', admins = leads } = options;
  const timeZone = options['time-zone'] ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const account = canonicalAccount(admin, { accountDomain: domain, domainAliases: [] });
  const read = readHosts(hosts);
  const problems = [
    ...complain(
      GRAMMARS.name.test(name),
      `--site "${name}"`,
      'a name: at most 16 lower-case letters and digits, a letter first',
    ),
    ...complain(GRAMMARS.domain.test(domain), `--domain "${domain}"`, 'a domain in lower case, such as example.org'),
    ...read.problems,
    ...complain(isAccountOf(account, domain), `--admin "${admin}"`, `a login, alone or as name@${domain}`),
    ...complain(GRAMMARS.owner.test(leads), `--leads "${leads}"`, '@organisation/team or @login'),
    ...complain(GRAMMARS.owner.test(admins), `--admins "${admins}"`, '@organisation/team or @login'),
    ...complain(isTimeZone(timeZone), `--time-zone "${timeZone}"`, 'an IANA name such as Europe/Berlin, or UTC'),
  ];
  const [first, ...others] = read.hosts;
  if (problems.length > 0 || first === undefined) throw new UsageError(problems.join('; '), 'init');
  const today = dayOf({ kind: 'instant', now }, timeZone);
  return { name, domain, hosts: [first, ...others], admin: account, leads, admins, timeZone, today };
}

function complain(isRight: boolean, what: string, allowed: string): readonly string[] {
  return isRight ? [] : [`${what} is not ${allowed}`];
}

function isAccountOf(account: string, domain: string): boolean {
  return ACCOUNT.test(account) && account.endsWith(`@${domain}`);
}

interface ReadHosts {
  readonly hosts: readonly NewHost[];
  readonly problems: readonly string[];
}

// NAME=128cpus,4gpus,1T,NAME=…: what has "=" in it begins another host.
function readHosts(text: string): ReadHosts {
  const hosts: NewHost[] = [];
  const problems: string[] = [];
  for (const part of text.split(/,(?=[^,]*=)/)) {
    const host = readHost(part);
    if (typeof host === 'string') problems.push(`--hosts "${part}" ${host}`);
    else if (hosts.some(({ name }) => name === host.name)) problems.push(`--hosts names "${host.name}" twice`);
    else hosts.push(host);
  }
  return { hosts, problems };
}

const HOST_FORM = 'is not NAME=CPUS,GPUS,MEMORY, as in gpu1=128cpus,4gpus,1T, where GPUS and MEMORY can be left out';

// A text says what is wrong.
function readHost(part: string): NewHost | string {
  const [, name = '', cpus, gpus = '0', size] =
    /^([^=]*)=([0-9]{1,4})cpus?(?:,([0-9]{1,4})gpus?)?(?:,([^,]+))?$/.exec(part) ?? [];
  if (cpus === undefined) return HOST_FORM;
  if (!GRAMMARS.host.test(name)) return `names no host: a name is lower-case letters, digits and "-", at most 63`;
  const { cpus: someCpus, gpus: someGpus } = HOSTS.additionalProperties.properties;
  if (Number(cpus) < someCpus.minimum) return `has no CPU`;
  if (Number(gpus) > someGpus.maximum) return `has more than ${someGpus.maximum} GPUs`;
  const machine = { name, cpus: Number(cpus), gpus: Number(gpus) };
  if (size === undefined) return machine;
  const memory = readValue('size', size);
  if (!memory.ok) return `has no such memory: ${memory.message}`;
  if (memory.value < LEAST_MEMORY || memory.value === Number.POSITIVE_INFINITY) return 'has no memory of 1G or more';
  return { ...machine, memory: memory.value };
}

/** Bytes. What is smaller cannot be divided among groups. */
const LEAST_MEMORY = 2 ** 30;
