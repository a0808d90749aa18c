import { setTimeout as wait } from 'node:timers/promises';
import { containersOf, type LiveSlice, liveLimits } from '../diagnosis/live-limits.ts';
import { readMeters } from '../diagnosis/read-meters.ts';
import { lookAtUse } from '../host/look-at-use.ts';
import type { HostReader } from '../host/unit-folder.ts';
import type { Entitlement, Resolved } from '../policy/resolve.ts';
import { devicesIn } from '../units/kernel.ts';
import { CGROUP_FILES, SHOWN_PROPERTIES } from '../units/live.ts';
import { render } from '../units/render.ts';
import { isOfSite } from './usage-source.ts';

// Milliseconds between two looks at the same counters: long enough to say how many cores are in use.
const MOMENT = 1000;

/** Asks systemd and the kernel of this machine for the limits of one account, and how much of them is in use. Throws HostFailure. */
export async function examineAccount(
  reader: HostReader,
  entitlement: Entitlement,
  resolved: Resolved,
): Promise<readonly LiveSlice[]> {
  const { name: site } = resolved.site;
  const look = () => lookAtUse((path) => isOfSite(path, site));
  const before = look();
  await wait(MOMENT);
  const after = look();
  const meters = readMeters(before, after, site);
  const containers = containersOf(entitlement, meters);
  const survey = await reader.live?.observe({
    site,
    // By name, so that systemd loads those that do not run.
    units: [entitlement.slice, entitlement.group.slice, ...containers.map(({ name }) => name)],
    properties: SHOWN_PROPERTIES,
    cgroupFiles: CGROUP_FILES,
    devices: devicesIn(render(resolved).map(({ text }) => text)),
  });
  if (!survey) throw new Error('a machine that runs was expected');
  return liveLimits(entitlement, resolved, { survey, meters });
}
