import type { Entitlement } from '../policy/resolve.ts';
import type { Case } from './case.ts';
import type { Meter } from './meter.ts';

/** Whose work a cgroup is: the account of the slice that it is or is in. Absent for what is in a slice of nobody. */
export function ownerOf(
  { path }: Pick<Meter, 'path'>,
  { accountOf }: Pick<Case, 'accountOf'>,
): Entitlement | undefined {
  const around = path.split('/').reverse();
  return around.map((name) => accountOf(name)).find((owner) => owner !== undefined);
}
