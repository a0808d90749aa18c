import type { UsageNode } from '../diagnosis/rank-usage.ts';
import type { Usage } from './top.ts';

/** Who uses what as stable JSON, format version 1: idle ones, too, in the order in which people see them. */
export function topJson({ host, site, focus, at, seconds, roots, notes }: Usage): string {
  const value = {
    version: 1,
    host,
    site,
    at: new Date(at).toISOString(),
    window: seconds,
    focus: focus ? focusJson(focus) : null,
    tree: roots.map(nodeJson),
    unknown: notes,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function focusJson(focus: NonNullable<Usage['focus']>): unknown {
  const { kind } = focus;
  if (kind === 'group') return { kind, group: focus.group.group.name, slice: focus.group.slice };
  const { account, group, slice } = focus.entitlement;
  return { kind, account, group: group.group.name, slice };
}

// A limit, a name or a figure that is not there is absent, as in Meter.
function nodeJson({ meter, label, account, strains, isIdle, children }: UsageNode): unknown {
  const { path, name, level, container, cpu, tasks, memory, pressure } = meter;
  return {
    ...{ path, name, level, label, account, container, idle: isIdle, hurts: strains },
    ...{ cpu, tasks, memory, pressure },
    children: children.map(nodeJson),
  };
}
