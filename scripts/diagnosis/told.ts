/** What somebody was asked, and what came of it. */
export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  /** There is nobody to ask: the program is not installed, the file is not there. `why` is a sentence that says so. */
  | { readonly kind: 'absent'; readonly why: string }
  /** No answer: not allowed, too late, or nothing that can be read. `wayOut` says what would give one, such as root. */
  | { readonly kind: 'silent'; readonly why: string; readonly wayOut?: string };
