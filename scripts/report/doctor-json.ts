import type { Focus } from '../diagnosis/case.ts';
import type { Examined } from './doctor-text.ts';

/** Why work is slow as stable JSON, format version 1; the most likely reason first, lines of policy relative to its folder. */
export function doctorJson({ host, found, diagnosis: { causes, checks } }: Examined): string {
  const value = {
    version: 1,
    host,
    at: new Date(found.now).toISOString(),
    window: found.window,
    asRoot: found.machine.asRoot,
    focus: found.focus ? focusJson(found.focus) : null,
    causes: causes.map(({ check, weight, subject, message, limit = null, evidence, wayOut }) => {
      return { check, weight, subject, message, limit, evidence, wayOut };
    }),
    checks,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function focusJson(focus: Focus): unknown {
  const { kind, entitlement } = focus;
  const owner = entitlement && {
    account: entitlement.account,
    group: entitlement.group.group.name,
    slice: entitlement.slice,
    state: entitlement.state,
    place: entitlement.groupPlace,
  };
  if (kind === 'account') return { kind, ...owner };
  return { kind, id: focus.id, name: focus.name ?? null, ...owner };
}
