/** What a limit's value means once read. Numbers are in the kind's unit; `Infinity` stands for `unlimited`. */
export interface KindValues {
  /** Percent of one CPU. */
  readonly percent: number;
  /** Bytes. */
  readonly size: number;
  /** Processes and threads, 1 or more. */
  readonly tasks: number;
  /** 0 or more. */
  readonly count: number;
  /** 1 to 10000. */
  readonly weight: number;
  /** CPU cores. */
  readonly cores: number;
  /** Seconds. */
  readonly duration: number;
  /** Ranges in rising order, as in `0-31,64`, or `unlimited`. */
  readonly cpu_list: string;
  /** Bytes per second by device path. */
  readonly device_rates: ReadonlyMap<string, number>;
}

/** The kinds of values that limits have. */
export type Kind = keyof KindValues;
