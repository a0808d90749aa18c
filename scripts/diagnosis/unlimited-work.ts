import type { Entitlement } from '../policy/resolve.ts';
import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import type { Cause, Checked } from './check.ts';
import { coresText } from './figures.ts';
import { isFeltByOthers, shareOfMachine, type WorkUse, weightOfUnlimited } from './machine-share.ts';

/** Work that no limit of policy holds for. */
export interface UnlimitedWork {
  /** Absent where nobody knows whose it is. */
  readonly owner?: Entitlement;
  readonly use: WorkUse;
  /** Whether the question is about this very work. */
  readonly isAsked: boolean;
  /** What it would be as a cause, without its weight. */
  readonly words: Omit<Cause, 'weight'>;
}

/** What has less of the machine is nobody's trouble, if policy has no limit for it or nobody knows whose it is. */
const LITTLE = 0.05;

/**
 * Work without a limit takes from everybody. It is a reason where others feel it, and where policy has limits for whoever
 * does it; to whoever does it, it is good to know.
 */
export function judgeUnlimited(work: readonly UnlimitedWork[], found: Case): Pick<Checked, 'causes'> & Noted {
  const judged = work.map((one) => ({ one, kind: kindOf(one, found) }));
  const of = (kind: Kind) => judged.flatMap((entry) => (entry.kind === kind ? [entry.one] : []));
  return {
    causes: of('cause').map(({ use, words }) => ({ weight: weightOfUnlimited(use, found), ...words })),
    notes: of('note').map(({ words: { message, wayOut } }) => `${message}; ${wayOut}`),
  };
}

interface Noted {
  readonly notes: readonly string[];
}

type Kind = 'cause' | 'note' | 'nothing';

function kindOf({ owner, use, isAsked }: UnlimitedWork, found: Case): Kind {
  const { focus, resolved } = found;
  if (isAsked) return 'note';
  if (focus) return isFeltByOthers(use, found) ? 'cause' : 'nothing';
  const isLimited = owner !== undefined && owner.group.group.name !== resolved.site.adminGroup;
  return isLimited || shareOfMachine(use, found) >= LITTLE ? 'cause' : 'note';
}

/** As in `uses 12.3 cores and 4.2G of memory`. */
export function useText({ cores, memory }: WorkUse): string {
  return `uses ${coresText(cores)}${memory === undefined ? '' : ` and ${bytes(memory)} of memory`}`;
}
