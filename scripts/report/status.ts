import type { Resolved } from '../policy/resolve.ts';
import type { Plan } from '../units/plan.ts';
import type { Setting } from '../units/settings.ts';
import type { SliceNode } from '../units/tree.ts';
import { cores } from './limit-words.ts';
import type { Paint } from './paint.ts';
import { planSummary } from './plan-words.ts';
import { printable } from './printable.ts';

/** What a host has: the tree of slices with limits, who is in which group until when, and whether policy agrees. */
export function statusText(
  host: string,
  tree: SliceNode | undefined,
  resolved: Resolved,
  plan: Plan,
  paint: Paint,
): string {
  const lines = tree ? treeLines(tree, resolved) : [`no ${plan.site}.slice of ds01-policy is here`];
  const width = Math.max(...lines.map((line) => (typeof line === 'string' ? 0 : line[0].length)));
  const shown = lines.map((line) =>
    typeof line === 'string' ? line : `${line[0].padEnd(width)}  ${line[1]}`.trimEnd(),
  );
  const agrees = plan.changes.length === 0;
  const verdict = agrees
    ? paint('good', 'as policy says: nothing differs')
    : `${paint('warning', `not as policy says: ${planSummary(plan)}`)}\nplan shows what would change, and why`;
  return `${[paint('strong', `${printable(host)} on ${plan.today}`), '', ...shown, '', verdict].join('\n')}\n`;
}

/** The same as stable JSON, format version 1. */
export function statusJson(host: string, tree: SliceNode | undefined, plan: Plan): string {
  const { changes, guards, conflicts, foreign, digest, today } = plan;
  const summary = { version: 1, host, today, differs: changes.length > 0, changes: changes.length, digest };
  return `${JSON.stringify({ ...summary, guards, conflicts, foreign, tree: tree ? treeJson(tree) : null }, null, 2)}\n`;
}

type Line = readonly [branch: string, text: string];

function treeLines(root: SliceNode, resolved: Resolved): readonly Line[] {
  return [[root.name, limitsText(root.settings)], ...childLines(root, '', resolved)];
}

function childLines(node: SliceNode, indent: string, resolved: Resolved): readonly Line[] {
  return node.children.flatMap((child, index) => {
    const last = index === node.children.length - 1;
    const line: Line = [`${indent}${last ? '└─ ' : '├─ '}${printable(child.name)}`, describe(child, node, resolved)];
    return [line, ...childLines(child, `${indent}${last ? '   ' : '│  '}`, resolved)];
  });
}

function describe(node: SliceNode, parent: SliceNode, resolved: Resolved): string {
  const limits = limitsText(node.settings);
  if (node.kind === 'group') return limits;
  if (node.kind === 'others') return [othersText(parent, resolved), limits].filter(Boolean).join('; ');
  return [printable(node.account ?? ''), untilText(node, resolved), limits].filter(Boolean).join(', ');
}

function othersText(group: SliceNode, { site }: Resolved): string {
  const isDefault = group.name === `${site.name}-${site.defaultGroup.value}.slice`;
  return isDefault ? 'everybody who is not listed' : 'each member';
}

function untilText({ name, account = '' }: SliceNode, resolved: Resolved): string {
  const entitlement = resolved.accounts.get(account);
  // A grant for another group says nothing about the slice that is here.
  if (entitlement?.state !== 'active' || entitlement.slice !== name) return 'no longer granted';
  const expires = entitlement.member?.expires.value;
  return expires === 'never' ? 'never ends' : `until ${expires}`;
}

function limitsText(settings: readonly Setting[]): string {
  const isContainer = ({ key }: Setting): boolean => key.startsWith('container ');
  const slice = settings.filter((setting) => !isContainer(setting)).map(limitText);
  const container = settings.filter(isContainer).map(({ key, text }) => `${key.replace('container ', '')} ${text}`);
  const each = container.length === 0 ? [] : [`each container: ${container.join(', ')}`];
  return printable([slice.join(', '), ...each].filter(Boolean).join('; '));
}

function limitText({ key, text, measure }: Setting): string {
  if (text === '' || text === 'infinity') return `${key} unlimited`;
  return key === 'CPUQuota' && typeof measure === 'number' ? `${key} ${text} (${cores(measure)})` : `${key} ${text}`;
}

function treeJson({ name, kind, account, settings, children }: SliceNode): unknown {
  const limits = Object.fromEntries(
    settings.map(({ key, text }) => [key, text === '' || text === 'infinity' ? 'unlimited' : text]),
  );
  return { name, kind, ...(account !== undefined && { account }), limits, children: children.map(treeJson) };
}
