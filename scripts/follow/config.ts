import type { DriftMode } from '../policy/policy.ts';

/** Where the configuration of a host is, relative to its root. */
export const CONFIG_FILE = 'etc/ds01-policy/config.yaml';

/** How a host is told which commits it may follow: any that descend, or only those that a listed key has signed. */
export type Trust = 'none' | 'signed';

/** /etc/ds01-policy/config.yaml: what a host follows, and how. Complete: defaults are filled in. */
export interface Config {
  /** URL of the policy repository, as git-fetch(1) takes it: https, ssh, or file. */
  readonly remote: string;
  /** Name of the branch without `refs/heads/`. */
  readonly branch: string;
  /** This host, by its name in `hosts` of site.yaml. */
  readonly host: string;
  /** The machine that this configuration is for (machine-id(5)); absent if it was written for an image. */
  readonly machineId?: string;
  /** Seconds between two runs. */
  readonly interval: number;
  readonly trust: Trust;
  /** What is done about limits that others set on this host; absent: as policy says. */
  readonly drift?: DriftMode;
  /** Folder of node_exporter's textfile collector, absolute; absent: no metrics are written. */
  readonly metricsFolder?: string;
  /** Seconds: how long a pause is if nothing is said, and at most. */
  readonly pause: { readonly default: number; readonly longest: number };
  /** The same drift is corrected so often in an hour, and then no more. */
  readonly correctionsPerHour: number;
  /** Where the outcome is reported for each commit; absent: nowhere. */
  readonly commitStatus?: {
    /** Base URL of the GitHub API, without a slash at its end. */
    readonly api: string;
    /** `owner/name`. */
    readonly repository: string;
  };
}
