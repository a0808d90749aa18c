import type { LiveLimit, LiveSlice } from '../diagnosis/live-limits.ts';
import type { Label } from './findings.ts';
import type { Paint } from './paint.ts';
import { placeText } from './plan-words.ts';
import { columns, printable } from './printable.ts';

/** What is in force now beside what policy says, as one table; a line for each limit of each slice. */
export function liveLimitsText(slices: readonly LiveSlice[], label: Label, paint: Paint): string {
  const limits = slices.flatMap((slice) => slice.limits);
  const rows = limits.map((limit) => limitRow(limit, label));
  const [head = '', ...lines] = columns([['now', 'policy', 'systemd', 'kernel', 'in use'], ...rows], '    ');
  const shown = new Map(limits.map((limit, index) => [limit, lines[index] ?? '']));
  const sections = slices.map((slice) => {
    const own = slice.limits.map((limit) => {
      const line = shown.get(limit) ?? '';
      return limit.differs || limit.unenforced !== undefined ? paint('warning', line) : line;
    });
    return [`  ${paint('strong', titleOf(slice))}`, ...own].join('\n');
  });
  const differs = limits.some((limit) => limit.differs) ? [`  ${paint('warning', WAY_OUT)}`] : [];
  return `${[paint('faint', head), ...sections, ...differs].join('\n')}\n`;
}

const WAY_OUT = 'not as policy says: ds01-policy status tells who has the last word, and since when';

const SCOPES: Readonly<Record<LiveSlice['scope'], string>> = {
  site: 'all groups together',
  per_group: 'all members of the group together',
  per_member: 'this account',
  per_container: 'this container',
};

function titleOf({ name, scope, running }: LiveSlice): string {
  return `${short(printable(name))} (${SCOPES[scope]}${running ? '' : ', nothing runs there'})`;
}

// The scope of a container has 64 digits, of which 12 are what Docker shows.
function short(name: string): string {
  return name.replace(/([0-9a-f]{12})[0-9a-f]{52}/, '$1');
}

function limitRow({ key, policy, systemd, kernel, used = '', unenforced, place, differs }: LiveLimit, label: Label) {
  const where = placeText(place, label);
  const enforced = unenforced === undefined ? '' : `not enforced: ${printable(unenforced)}`;
  const last = [differs ? 'differs' : '', enforced, where].filter(Boolean).join('; ');
  return [printable(key), word(policy), word(systemd), word(kernel), used, last];
}

function word(text = '-'): string {
  return text === 'infinity' ? 'unlimited' : printable(text);
}
