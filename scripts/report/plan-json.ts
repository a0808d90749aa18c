import type { Plan } from '../units/plan.ts';

/** A plan as stable JSON, format version 1. Files are relative to the policy folder, units to the unit folder. */
export function planJson(plan: Plan): string {
  return `${JSON.stringify({ version: 1, ...plan }, null, 2)}\n`;
}
