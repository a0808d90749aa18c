import type { Checkout } from './checkout.ts';
import { appendHistory, type HistoryRecord } from './history.ts';
import { HostFailure, messageOf } from './host-failure.ts';
import { directoryWriter, type UnitWrite } from './unit-writer.ts';

/** What a transaction needs to know of the plan it carries out. */
export interface Order {
  /** Where the policy comes from, for the record. */
  readonly policy: Checkout;
  readonly digest: string;
  readonly changes: readonly UnitWrite[];
  /** Looks at the host again and names what still differs, or nothing. */
  findRemaining(): readonly string[];
}

/**
 * Carries out a plan on the directory of a host: all changes, then a look at what is really there, then the record. If
 * any of it fails, everything is put back, and the failure is recorded. Throws HostFailure.
 */
export async function transact(root: string, order: Order, now: Date): Promise<void> {
  const record = {
    version: 1,
    at: now.toISOString(),
    policy: order.policy,
    digest: order.digest,
    changes: order.changes.map(nameOf),
  } as const;
  try {
    await directoryWriter(root).write(order.changes, [
      { step: 'read back', run: async () => assertNothingRemains(order.findRemaining()) },
      { step: 'record', run: () => appendHistory(root, { ...record, result: 'applied' }) },
    ]);
  } catch (error) {
    throw error instanceof HostFailure ? await recordFailure(root, record, error) : error;
  }
}

async function recordFailure(
  root: string,
  record: Omit<HistoryRecord, 'result'>,
  failure: HostFailure,
): Promise<HostFailure> {
  try {
    await appendHistory(root, { ...record, result: failure.state, failure: failure.message });
    return failure;
  } catch (error) {
    const hints = [failure.hint, `the failure could not be recorded either: ${messageOf(error)}`];
    return new HostFailure(failure.step, failure.state, failure.cause, hints.filter(Boolean).join('; '));
  }
}

function assertNothingRemains(remaining: readonly string[]): void {
  if (remaining.length > 0) throw new Error(`not as written: ${remaining.join(', ')}`);
}

function nameOf({ kind, path }: UnitWrite): { readonly kind: string; readonly path: string } {
  return { kind, path };
}
