import type { Draft } from '../../policy/load.ts';
import type { Member, Site } from '../../policy/policy.ts';
import { type AccountSubject, accountsOf, membersOf, type Subject, sitesOf } from '../../policy/subjects.ts';
import type { Spot } from '../../policy/violation.ts';
import type { ChangeRule } from '../change-rule.ts';
import { canonicalAccounts, isOver, membersById } from '../grants.ts';

/**
 * An administrator can change everything on the server, this tool too. Policy before that cannot be read has no
 * administrators: rather one question too many.
 */
export const newAdmin: ChangeRule = {
  id: 'new-admin',
  summary: 'An account comes into the admin group only if a commit says that it is meant.',
  severity: 'error',
  acknowledgeable: true,
  *check(_change, compared) {
    if (!compared?.before) return;
    const { before, draft, site, today } = compared;
    const known = adminsOf(before, today);
    const old = membersById(before);
    for (const subject of accountsOf(draft)) {
      const { member, canonical } = subject;
      if (member.group.value !== site.content.adminGroup || isOver(member, today) || known.has(canonical)) continue;
      const until = member.expires.value === 'never' ? 'with no end' : `until ${member.expires.value}`;
      const message = `"${canonical}" becomes an administrator, ${until}`;
      const was = old.get(member.id)?.content;
      yield { ...reasonFor(subject, was, before, site), message, object: canonical };
    }
  },
};

function adminsOf(draft: Draft, today: string): ReadonlySet<string> {
  const groups = sitesOf(draft).map(({ content }) => content.adminGroup);
  const admins = membersOf(draft).filter(
    ({ content }) => groups.includes(content.group.value) && !isOver(content, today),
  );
  return new Set(admins.flatMap(({ content }) => canonicalAccounts(content, draft)));
}

// The line that makes it so: the group, the account that was added to an administrator, the end that came later, or the
// site, which calls another group that of the administrators.
function reasonFor(
  { source, path, member, canonical }: AccountSubject,
  was: Member | undefined,
  before: Draft,
  site: Subject<Site>,
): Spot {
  if (was?.group.value !== member.group.value) return { source, path: ['group'] };
  if (!canonicalAccounts(was, before).includes(canonical)) return { source, path };
  if (was.expires.value !== member.expires.value) return { source, path: ['expires'] };
  return { source: site.source, path: ['admin_group'] };
}
