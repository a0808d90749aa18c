import { SCOPES } from '../policy/fields.ts';
import type { Group } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import { limitRows } from '../report/limit-words.ts';
import type { Choice } from './prompt.ts';

/** A group as one of several to choose from: what it is for, and its limits. */
export function describeGroup({ groups }: Resolved): (group: Group) => Choice {
  return ({ name, description, limits }) => {
    const merged = groups.get(name)?.limits ?? limits;
    const rows = SCOPES.flatMap((scope) => limitRows(merged, scope));
    const words = rows.map(({ field, value, scope }) => `${scope === 'per_group' ? '' : `${scope}.`}${field} ${value}`);
    return { word: name, about: `${description}: ${words.join(', ')}` };
  };
}
