import type { Place } from '../policy/policy.ts';

/** Where a value comes from that policy did not say. */
export type DriftOrigin =
  /** `systemctl set-property` wrote a file, below /etc or (with --runtime) /run. */
  | 'set-property'
  /** Another file that systemd reads for the slice. */
  | 'file'
  /** systemd holds something else than its files say: nobody has told it to read them again. */
  | 'not-loaded'
  /** The kernel enforces something else than systemd asked it for. */
  | 'kernel';

/** A limit that is not what policy says, although the files of ours are: something else has a say. */
export interface Drift {
  readonly slice: string;
  /** `TasksMax`, `IOReadBandwidthMax /dev/sda`. */
  readonly key: string;
  readonly origin: DriftOrigin;
  /** As it should be; absent where nothing limits it. */
  readonly wanted?: string;
  /** As it is; absent where nothing is limited. */
  readonly found?: string;
  /** The file that wins. */
  readonly file?: string;
  /** Since when: the time the file was written, in UTC (ISO 8601). */
  readonly since?: string;
  /** The line of policy that says `wanted`. */
  readonly place?: Place;
  /**
   * What apply does: take the file away and keep a copy; tell systemd to read its files again; refuse; or, where policy
   * says `drift: report`, leave it.
   */
  readonly action: 'clear' | 'reload' | 'refuse' | 'report';
  /** One sentence with slice, limit, both values, and the file. */
  readonly message: string;
  /** What to do; empty where apply does it. */
  readonly wayOut: string;
}

/** What a drift is counted and recognised by: `ds01-student.slice TasksMax kernel`. */
export function driftId({ slice, key, origin }: Pick<Drift, 'slice' | 'key' | 'origin'>): string {
  return `${slice} ${key} ${origin}`;
}

/** A value in a sentence: `unlimited` where there is no limit. */
export function valueWord(text: string | undefined): string {
  return text === undefined || text === '' || text === 'infinity' ? 'unlimited' : text;
}

/** What policy says of a limit, in a sentence. */
export function policyWords(text: string | undefined): string {
  return text === undefined ? 'policy sets no limit' : `policy says ${valueWord(text)}`;
}
