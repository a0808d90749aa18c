import { type Entitlement, entitlementOf } from '../policy/resolve.ts';
import { isInForce } from '../units/kernel.ts';
import { listing } from '../units/listing.ts';
import { measureText } from '../units/measures.ts';
import { accountOfSlice, accountOfWork, slugIn } from './account-of-slice.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { wayUp } from './cgroups-around.ts';
import type { Cause, CausingLimit, Checked, Evidence } from './check.ts';
import { grantedTo } from './granted.ts';
import { isHit, LIMIT_FILES, SHARED_KEYS, type SharedKey } from './limit-hit.ts';
import { limitValue } from './limit-value.ts';
import type { Meter } from './meter.ts';
import { weightOfShare } from './share-weight.ts';
import { isThrottled, shareOf } from './throttling.ts';
import { isFeltAt } from './waiters.ts';
import { causingLimit } from './way-out.ts';
import { workIn } from './work-in.ts';

/** A slice of a group that an account is not in, or not any more, with work of that account in it. */
interface LeftSlice {
  readonly meter: Meter;
  readonly owner: Entitlement;
  /** What runs there, as it is called. */
  readonly work: readonly string[];
  /** Limits that are others than in the group that the account is in now. */
  readonly limits: readonly ChangedLimit[];
}

/** A limit on the way to a slice that an account has left, and what it would be in the account's own. */
interface ChangedLimit {
  readonly key: SharedKey;
  /** In the unit of the key; `Infinity` for none. */
  readonly now: number;
  readonly then: number;
  /** What holds the work up there, and would not, or less so, where it belongs. */
  readonly holding?: Holding;
}

interface Holding {
  readonly meter: Meter;
  readonly limit: number;
}

/** What is to be said of work that has stayed where its account was before: a container keeps its slice for life. */
export function leftWork(found: Case): Required<Pick<Checked, 'causes' | 'notes'>> {
  const left = found.meters.flatMap((meter) => leftSlice(meter, found) ?? []);
  // To whoever has less in the new group, the old one is no reason for slow work.
  const isReason = ({ limits }: LeftSlice) => !found.focus || limits.some(({ now, then }) => then > now);
  return {
    causes: left.filter(isReason).map((slice) => leftCause(slice, found)),
    notes: left.filter((slice) => !isReason(slice)).map((slice) => `${leftText(slice)}; ${moveText(slice)}`),
  };
}

function leftSlice(meter: Meter, found: Case): LeftSlice | undefined {
  const owner = meter.level === 'account' ? ownerElsewhere(meter.name, found) : undefined;
  const work = owner ? workIn(meter, found) : [];
  return owner && work.length > 0 ? { meter, owner, work, limits: changedLimits(meter, owner, found) } : undefined;
}

/** The account that a slice was made for, if it has another one by now; absent where policy knows neither. */
function ownerElsewhere(slice: string, { resolved }: Pick<Case, 'resolved'>): Entitlement | undefined {
  const isGroup = [...resolved.groups.values()].some((group) => slice.startsWith(group.slice.replace('.slice', '-')));
  // Of a group that policy does not have, only names that policy has are accounts.
  const owner = isGroup ? entitlementOf(resolved, slugIn(slice)) : accountOfWork(resolved, slice);
  const isOwn = accountOfSlice(resolved, slice) !== undefined;
  // A slice below that of an account goes with it.
  return isOwn || slice.split('-').length > 3 ? undefined : owner;
}

function changedLimits(meter: Meter, owner: Entitlement, found: Case): readonly ChangedLimit[] {
  const around = wayUp(meter.path, found.all).filter(({ level }) => level === 'account' || level === 'group');
  return SHARED_KEYS.flatMap((key) => {
    const known = around.map((one) => limitValue(one, key)).filter((limit) => typeof limit === 'number');
    const [now, then] = [Math.min(...known), grantedTo(owner.limits, key)];
    if (known.length === 0 || isInForce(key, then, now, found.machine.version)) return [];
    const holding = around.map((one) => holdingIn(one, key, found)).find((one) => one && one.limit < then);
    return [{ key, now, then, ...(holding && { holding }) }];
  });
}

function holdingIn(meter: Meter, key: SharedKey, found: Case): Holding | undefined {
  const limit = limitValue(meter, key);
  const isFelt = key !== 'CPUQuota' || isFeltAt(meter, 'cpu', found);
  return typeof limit === 'number' && isFelt && isHit(meter, key, found) ? { meter, limit } : undefined;
}

/** Held up where it is, and less so where it belongs; and only not where it belongs. */
const [HELD_UP, LEFT] = [60, 20];

function leftCause(slice: LeftSlice, found: Case): Cause {
  const { meter, owner, work, limits } = slice;
  const { version } = found.machine;
  const held = limits.flatMap(({ key, holding }) => (holding ? [heldUp(key, holding, found)] : []));
  const [worst] = held.sort((a, b) => b.weight - a.weight);
  return {
    weight: worst?.weight ?? LEFT,
    subject: meter.name,
    message: leftText(slice),
    evidence: [
      { source: cgroupFile(version, meter.path, 'cgroup.procs'), figure: listing(work) },
      { source: found.placeText(owner.groupPlace), figure: `${owner.account} in ${owner.group.group.name}` },
      ...held.map(({ figure }) => figure),
    ],
    ...(worst && { limit: worst.limit }),
    wayOut: moveText(slice),
  };
}

interface HeldUp extends Pick<Cause, 'weight'> {
  readonly figure: Evidence;
  readonly limit: CausingLimit;
}

function heldUp(key: SharedKey, { meter, limit }: Holding, found: Case): HeldUp {
  const { version } = found.machine;
  const source = cgroupFile(version, meter.path, LIMIT_FILES[key][version]);
  return {
    weight: found.focus ? weightToAsker(key, meter) : HELD_UP,
    figure: { source, figure: `${key} ${limitText(key, limit)}, which holds it up` },
    limit: causingLimit(found.sourceOf(meter, key)),
  };
}

/** Whoever asks is helped by coming away from that limit, and not by raising it: that is told before the limit itself. */
function weightToAsker(key: SharedKey, meter: Meter): number {
  if (key === 'TasksMax') return 96;
  return key === 'CPUQuota' && isThrottled(meter) ? weightOfShare(shareOf(meter.cpu.throttling)) + 1 : 91;
}

function leftText({ meter, owner, work, limits }: LeftSlice): string {
  const here = `${meter.name} still holds ${listing(work)}, although ${owner.account} is in group ${owner.group.group.name}`;
  const words = limits.map(({ key, now, then }) => `${key} ${limitText(key, now)} instead of ${limitText(key, then)}`);
  return words.length === 0 ? here : `${here}: its limits are ${listing(words)}`;
}

function limitText(key: SharedKey, limit: number): string {
  return limit === Number.POSITIVE_INFINITY ? 'unlimited' : measureText(key, limit);
}

function moveText({ owner: { slice } }: LeftSlice): string {
  return `make anew what runs there, with docker run --cgroup-parent=${slice}: a container keeps its slice for life`;
}
