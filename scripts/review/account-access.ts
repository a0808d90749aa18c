import { slugOf } from '../policy/account.ts';
import type { AccessEntry } from './access-log.ts';
import type { PolicyEvent } from './events.ts';

/**
 * What concerns one account: its grants, and what its member file says of it besides; not what its group is given. The
 * account is canonical; its name alone may also be the name in its slice, such as `a_b` for `a.b@example.org`.
 */
export function accountAccess(entries: readonly AccessEntry[], account: string): readonly AccessEntry[] {
  const mentioned = [...new Set(entries.flatMap(({ events }) => events.flatMap(accountsOf)))];
  // The accounts of a site have one domain, which may have been another one.
  const exact = mentioned.filter((other) => nameOf(other) === nameOf(account));
  const meant = new Set(exact.length > 0 ? exact : mentioned.filter((other) => slugOf(other) === nameOf(account)));
  const concerns = (event: PolicyEvent) => accountsOf(event).some((other) => meant.has(other));
  const files = new Set(entries.flatMap(({ events }) => events.filter(concerns).flatMap(memberOf)));
  return entries.flatMap((entry) => {
    const events = entry.events.filter((event) => {
      return concerns(event) || ('owner' in event && memberOf(event).some((member) => files.has(member)));
    });
    return events.length === 0 ? [] : [{ ...entry, events }];
  });
}

function accountsOf(event: PolicyEvent): readonly string[] {
  if (!('grant' in event)) return [];
  return event.kind === 'accounts' ? [...event.grant.accounts, ...event.removed] : event.grant.accounts;
}

function memberOf(event: PolicyEvent): readonly string[] {
  if ('grant' in event) return [event.grant.member];
  return 'owner' in event && event.owner.kind === 'member' ? [event.owner.member] : [];
}

function nameOf(account: string): string {
  return account.toLowerCase().replace(/@.*$/, '');
}
