import type { LastApply } from '../follow/record.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Plan } from '../units/plan.ts';
import type { Setting } from '../units/settings.ts';
import type { SliceNode } from '../units/tree.ts';
import { hostSections, verifiedText } from './drift.ts';
import type { Label } from './findings.ts';
import { type FollowStatus, followJson, followLines } from './follow-status.ts';
import { cores } from './limit-words.ts';
import type { Paint } from './paint.ts';
import { planSummary } from './plan-words.ts';
import { printable } from './printable.ts';

/** How the last apply went. */
export interface LastRun {
  readonly last?: LastApply | undefined;
  /** One is under way, or was ended half-way. */
  readonly unfinished: boolean;
}

/** What was seen of a host. */
export interface Seen {
  readonly host: string;
  /** Absent where there is no slice of the site. */
  readonly tree: SliceNode | undefined;
  readonly resolved: Resolved;
  readonly plan: Plan;
  readonly run: LastRun;
  /** Absent for a host that follows no repository. */
  readonly follow?: FollowStatus | undefined;
}

/** What a host has: the tree of slices with limits, who is in which group until when, and whether policy is in force. */
export function statusText({ host, tree, resolved, plan, run, follow }: Seen, label: Label, paint: Paint): string {
  const lines = tree ? treeLines(tree, resolved) : [`no ${plan.site}.slice of ds01-policy is here`];
  const width = Math.max(...lines.map((line) => (typeof line === 'string' ? 0 : line[0].length)));
  const shown = lines.map((line) =>
    typeof line === 'string' ? line : `${line[0].padEnd(width)}  ${line[1]}`.trimEnd(),
  );
  const sections = [
    [paint('strong', `${printable(host)} on ${plan.today}`)],
    follow ? followLines(follow, paint) : [],
    shown,
    follow ? endingLines(resolved) : [],
    ...hostSections(plan, label, paint),
    runLines(run, paint),
    verdictLines(plan, paint),
  ];
  return `${sections
    .filter((section) => section.length > 0)
    .map((section) => section.join('\n'))
    .join('\n\n')}\n`;
}

// So many are looked at: what is further away is not what somebody has to think of today.
const ENDINGS = 3;

function nextEndings({ accounts }: Resolved): readonly { readonly account: string; readonly until: string }[] {
  const ending = [...accounts.values()].flatMap(({ account, state, member }) => {
    const until = member.expires.value;
    return state === 'active' && until !== 'never' ? [{ account, until }] : [];
  });
  return ending.sort((a, b) => (`${a.until} ${a.account}` < `${b.until} ${b.account}` ? -1 : 1)).slice(0, ENDINGS);
}

function endingLines(resolved: Resolved): readonly string[] {
  const lines = nextEndings(resolved).map(({ account, until }) => `  ${until}  ${printable(account)}`);
  return lines.length === 0 ? [] : ['grants that end next, each at the end of its day', ...lines];
}

function runLines({ last, unfinished }: LastRun, paint: Paint): readonly string[] {
  const lines = last ? [lastLine(last, paint)] : [];
  if (unfinished)
    lines.push(paint('warning', 'an apply is under way, or was ended half-way: the next apply settles it'));
  return lines;
}

function lastLine({ at, result, failure = '', commit: name }: LastApply, paint: Paint): string {
  const commit = name === null ? 'policy without a commit' : `commit ${name.slice(0, 12)}`;
  const when = printable(`${at.slice(0, 16).replace('T', ' ')} UTC`);
  if (result === 'applied') return `last apply ${when}: ${printable(commit)}`;
  const why = printable(failure);
  if (result !== 'broken')
    return paint('warning', `last apply ${when}: ${printable(commit)} failed, nothing changed: ${why}`);
  return paint('error', `DEGRADED since ${when}: the last apply failed and could not be taken back: ${why}`);
}

function verdictLines(plan: Plan, paint: Paint): readonly string[] {
  const verified = plan.verified ? [verifiedText(plan.verified)] : [];
  if (!plan.differs) return [...verified, paint('good', 'as policy says: nothing differs')];
  return [
    ...verified,
    paint('warning', `not as policy says: ${planSummary(plan)}`),
    'plan shows what would change, and why',
  ];
}

/** The same as stable JSON, format version 1. */
export function statusJson({ host, tree, plan, run, follow, resolved }: Seen): string {
  const { changes, guards, answered, conflicts, drift, draining } = plan;
  const { foreign, accountingOnly, verified, digest, today, differs } = plan;
  const degraded = run.last?.result === 'broken';
  const summary = { version: 1, host, today, differs, degraded, changes: changes.length, digest };
  const found = { guards, answered, conflicts, drift, draining, foreign, accountingOnly, verified };
  const { last = null, unfinished } = run;
  const slices = tree ? treeJson(tree) : null;
  const followed = follow && { follow: followJson(follow), endings: nextEndings(resolved) };
  return `${JSON.stringify({ ...summary, ...followed, ...found, last, unfinished, tree: slices }, null, 2)}\n`;
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
