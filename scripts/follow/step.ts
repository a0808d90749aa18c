/** One step of an installation, or of taking it away again, before or after it is done. */
export interface Step {
  /** `same` and `keep` do nothing; `same`: it is so already; `keep`: it is left, on purpose. */
  readonly kind: 'create' | 'update' | 'same' | 'remove' | 'keep' | 'do';
  /** What it is about, in words or as an absolute path. */
  readonly what: string;
}

/** Whether a step changes anything. */
export function changes({ kind }: Step): boolean {
  return kind !== 'same' && kind !== 'keep';
}
