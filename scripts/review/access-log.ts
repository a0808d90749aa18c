import type { CommitName } from '../follow/record.ts';
import { type Draft, load } from '../policy/load.ts';
import type { Answer, Group, Member, Site } from '../policy/policy.ts';
import { type Attribution, attribute } from './attribution.ts';
import type { PolicyEvent } from './events.ts';
import { findEvents } from './find-events.ts';
import { withoutMisspelled } from './known-files.ts';
import type { LoggedChange, PolicyLog } from './policy-log.ts';
import { RememberedFiles } from './remembered-files.ts';

/** What one commit of the main line did to policy; a merge is one with all that it brought in. */
export interface AccessEntry extends Attribution {
  readonly commit: CommitName;
  /** As short as git makes it. */
  readonly short: string;
  /** When it was committed, ISO 8601, in the time zone of that place. */
  readonly at: string;
  /** The first line of its message: text from anybody. */
  readonly subject: string;
  /** At least one. */
  readonly events: readonly PolicyEvent[];
}

/** The access log of a repository, and the site as it is called since. */
export interface AccessLog {
  /** Newest first. */
  readonly entries: readonly AccessEntry[];
  /** As the newest site.yaml says that can be read; absent if there was none. */
  readonly site?: Site;
}

/**
 * Everything that the policy of a repository has ever given and taken. A file that cannot be read for a while is compared
 * with what it said before.
 */
export function accessLog({ commits, changes }: PolicyLog): AccessLog {
  const attributed = attribute(commits);
  const memory = new Memory();
  const entries = changes.flatMap((change) => {
    const events = memory.take(change);
    const whose = attributed.get(change.commit);
    if (events.length === 0 || !whose) return [];
    const { name, short, at, subject } = whose.commit;
    return [{ commit: name, short, at, subject, ...whose.attribution, events }];
  });
  const { site } = memory;
  return { entries: entries.reverse(), ...(site && { site }) };
}

/** Policy as the commits so far have left it. */
class Memory {
  readonly #sites = new RememberedFiles<Site>();
  readonly #groups = new RememberedFiles<Group>();
  readonly #members = new RememberedFiles<Member>();
  readonly #allows = new RememberedFiles<readonly Answer[]>();

  get site(): Site | undefined {
    return this.#sites.all()[0]?.content;
  }

  /** Takes a change in, and gives what it does. */
  take({ written, removed }: LoggedChange): readonly PolicyEvent[] {
    const { site, groups, members, allow } = withoutMisspelled(load(written).draft);
    const touched = [...written.map(({ path }) => path), ...removed];
    const before = this.#draft(touched);
    const unreadable = [
      ...this.#members.take(members, removed),
      ...this.#groups.take(groups, removed),
      ...this.#sites.take(site ? [site] : [], removed),
      ...this.#allows.take(allow ? [allow] : [], removed),
    ];
    return [...unreadable, ...findEvents(before, this.#draft(touched))];
  }

  // All groups, because limits come out over theirs; of members only those that the change is about.
  #draft(touched: readonly string[]): Draft {
    const [site] = this.#sites.all();
    const [allow] = this.#allows.all();
    return {
      ...(site && { site }),
      ...{ groups: this.#groups.all(), members: this.#members.some(touched), misspellings: [] },
      ...(allow && { allow }),
    };
  }
}
