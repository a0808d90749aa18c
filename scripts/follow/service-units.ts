import { printValue } from '../policy/values.ts';
import type { Config } from './config.ts';
import { APPLY, BOTH, FETCH, WATCHDOG } from './hardening.ts';

/** One unit that runs this program. */
export interface ServiceUnit {
  /** File name, as in `ds01-policy.timer`. */
  readonly name: string;
  readonly text: string;
}

/** Where the program is on a host, absolute: what the units start, and what an administrator types. */
export const LAUNCHER = '/usr/local/bin/ds01-policy';

/** The system user that fetches. */
export const FETCH_USER = 'ds01-policy';

/** The units that begin with the machine; they start all others. */
export const TIMERS = ['ds01-policy.timer', 'ds01-policy-watchdog.timer'] as const;

/** The units that the timers start. */
export const SERVICES = [
  'ds01-policy-fetch.service',
  'ds01-policy-apply.service',
  'ds01-policy-watchdog.service',
] as const;

/** The units of a host that follows a repository: all of them, in any version of systemd from 245 on. */
export function serviceUnits(config: Config): readonly ServiceUnit[] {
  return [
    { name: 'ds01-policy-fetch.service', text: fetchService(config) },
    { name: 'ds01-policy-apply.service', text: applyService(config) },
    { name: 'ds01-policy.timer', text: runTimer(config.interval) },
    { name: 'ds01-policy-watchdog.service', text: watchdogService(config.interval) },
    { name: 'ds01-policy-watchdog.timer', text: watchdogTimer(config.interval) },
  ];
}

function fetchService({ commitStatus }: Config): string {
  const token = [
    '',
    '# Nobody but root can read the token; the line after it is for a host that has none (yet): policy goes on without.',
    'LoadCredential=commit-status-token:/etc/ds01-policy/commit-status-token',
    'SetCredential=commit-status-token:\\n',
  ];
  return unit(
    '# Brings the newest policy to this host: with the network, and without any right but to write its own folder.',
    [
      '[Unit]',
      'Description=ds01-policy: fetch policy',
      '# Not network-online.target: a host without network must not wait for one, and the next run is never far.',
      'After=network.target nss-lookup.target',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=${LAUNCHER} fetch`,
      'SyslogIdentifier=ds01-policy',
      ...FETCH,
      ...(commitStatus ? token : []),
      ...BOTH,
    ],
  );
}

function applyService({ metricsFolder }: Config): string {
  return unit(
    '# Puts policy into force: as root, and without the network. What it writes is what stands below, and nothing else.',
    [
      '[Unit]',
      'Description=ds01-policy: apply policy',
      '# Wants, not Requires: grants end and drift is put right also when the repository cannot be reached.',
      'Wants=ds01-policy-fetch.service',
      'After=ds01-policy-fetch.service',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=${LAUNCHER} sync`,
      'SyslogIdentifier=ds01-policy',
      '# Somebody applies by hand just now: the next run will see what became of it.',
      'SuccessExitStatus=75',
      ...APPLY,
      ...(metricsFolder === undefined ? [] : [`ReadWritePaths=-${metricsFolder}`]),
      ...BOTH,
    ],
  );
}

function runTimer(interval: number): string {
  // Hosts do not ask all at once: spread over a tenth of the interval, five minutes at most, and never later than it.
  const spread = Math.min(Math.floor(interval / 10), 300);
  return unit('# Runs policy: what is pushed is in force within one interval.', [
    '[Unit]',
    'Description=ds01-policy: follow the repository',
    '',
    '[Timer]',
    'Unit=ds01-policy-apply.service',
    '# Counted from the start of the timer and of the last run, which goes with any interval, and whatever the clock does.',
    '# Not OnBootSec: with Persistent= it is taken for done if the timer is started later than that, and then nothing runs.',
    'OnActiveSec=10s',
    `OnUnitActiveSec=${interval - spread}s`,
    `RandomizedDelaySec=${spread}s`,
    'AccuracySec=1s',
    '# The beginning of a day, when grants end, however long the interval is; missed while the machine was off or asleep,',
    '# when no other time is counted, it is made up for at once.',
    'OnCalendar=daily',
    'Persistent=yes',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]);
}

// Five runs may fail before anybody is woken, and at least ten minutes: a reboot, or a repository that is moved.
function patience(interval: number): number {
  return Math.max(5 * interval, 600);
}

function watchdogService(interval: number): string {
  const within = printValue('duration', patience(interval));
  return unit(
    '# Fails when no run has found policy in force for a while: a host that stops applying says nothing itself.',
    [
      '[Unit]',
      'Description=ds01-policy: watch that policy is applied',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=${LAUNCHER} status --verified-within ${within}`,
      'SyslogIdentifier=ds01-policy',
      ...WATCHDOG,
      ...BOTH,
    ],
  );
}

function watchdogTimer(interval: number): string {
  return unit('# Looks whether policy is still applied.', [
    '[Unit]',
    'Description=ds01-policy: watch that policy is applied',
    '',
    '[Timer]',
    '# Not at once: the first run has to have had its time.',
    `OnActiveSec=${patience(interval)}s`,
    `OnUnitActiveSec=${Math.max(interval, 300)}s`,
    'AccuracySec=30s',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]);
}

function unit(about: string, lines: readonly string[]): string {
  return [
    '# Written by ds01-policy install, which undoes an edit here; systemctl edit makes a drop-in that stays.',
    about,
    '',
    ...lines,
    '',
  ].join('\n');
}
