import { UsageError } from './usage-error.ts';

/** Options of `plan` that are about a change of policy. */
export const REVIEW_OPTIONS = {
  base: { kind: 'text', value: 'REF', about: 'the branch that a change is for; zeros: there was nothing before' },
  head: { kind: 'text', value: 'COMMIT', about: 'with --base: read this commit instead of the files' },
  whole: { kind: 'flag', about: 'with --base: all of it, also if it is longer than a comment may be' },
} as const;

/** Options of `plan`, some of which are about a change, and some about a host. */
interface PlanOptions {
  readonly base: string | undefined;
  readonly head: string | undefined;
  readonly whole: boolean;
  readonly root: string | undefined;
}

/** Throws UsageError for options that mean nothing together: a change is reviewed without any host. */
export function assertReviewOptions({ base, head, whole, root }: PlanOptions): void {
  if (base !== undefined && root !== undefined) {
    throw new UsageError(
      '--base is about a change of policy, and --root about a host: one of them is too many',
      'plan',
    );
  }
  if (base === undefined && (whole || head !== undefined)) {
    const option = whole ? '--whole' : '--head';
    throw new UsageError(`${option} is about a change: say with --base REF what to compare with`, 'plan');
  }
}
