import type { Scope } from '../policy/fields.ts';
import type { Place } from '../policy/policy.ts';

/** Who or what a limit belongs to: the site, a group, or a member. */
export type LimitOwner =
  | { readonly kind: 'site' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'member'; readonly member: string };

/**
 * What happens to a limit: more or less is allowed than before; nothing limits any more (`removed`); something limits that
 * was not limited (`imposed`); or neither is more than the other (`changes`), such as another set of CPUs.
 */
export type LimitEffect = 'rises' | 'falls' | 'removed' | 'imposed' | 'changes';

/** What one grant gives: the member file, its accounts, and for how long. */
export interface Grant {
  /** File name without `.yaml`. */
  readonly member: string;
  readonly accounts: readonly string[];
  readonly group: string;
  /** First day. */
  readonly granted: string;
  /** Last day, or `never`. */
  readonly expires: string;
  readonly reason?: string;
}

/**
 * One thing that a change of policy does, as policy is written: no day decides about it. `place` is the line that says so
 * now; absent where the line is gone.
 */
export type PolicyEvent = { readonly place?: Place } & (
  | { readonly kind: 'grant'; readonly grant: Grant }
  | { readonly kind: 'revoke'; readonly grant: Grant }
  /** Another last day: later (`extend`) or earlier (`shorten`). */
  | { readonly kind: 'extend' | 'shorten'; readonly grant: Grant; readonly from: string }
  /** Another first day. */
  | { readonly kind: 'begin'; readonly grant: Grant; readonly from: string }
  /** Another group. */
  | { readonly kind: 'move'; readonly grant: Grant; readonly from: string }
  /** Other accounts of the same member. */
  | {
      readonly kind: 'accounts';
      readonly grant: Grant;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: 'reason'; readonly grant: Grant; readonly from?: string }
  /** A limit as written there; absent is not written there. Values are spelled as policy does. */
  | {
      readonly kind: 'limit';
      readonly owner: LimitOwner;
      readonly scope: Scope;
      readonly field: string;
      readonly before?: string;
      readonly after?: string;
      readonly effect: LimitEffect;
    }
  | { readonly kind: 'group-added' | 'group-removed'; readonly group: string }
  /** Something else in site.yaml or a group file, by its key: `default_group`, `longest_grant`. */
  | {
      readonly kind: 'setting';
      readonly owner: LimitOwner;
      readonly key: string;
      readonly before?: string;
      readonly after?: string;
    }
  /** A one-off answer to a guard was written or taken out: policy/allow.yaml. */
  | {
      readonly kind: 'answer-added' | 'answer-removed';
      readonly guard: string;
      readonly reason: string;
      readonly expires: string;
    }
  /** A file that cannot be read as policy, before or after: what it says is not known. */
  | { readonly kind: 'unreadable'; readonly file: string; readonly when: 'before' | 'after' }
);
