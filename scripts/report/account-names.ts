import type { ChangedAccount } from '../review/account-changes.ts';

/** How accounts are named. */
export interface Naming {
  name(account: string): string;
  /** Accounts of this domain are called by their name alone. */
  readonly accountDomain: string;
  /** How many members are named of many. */
  readonly mostNames: number;
}

/** More than so many members are counted where a sentence is about them, and named where it ends. */
const FEW = 3;

/** Accounts that a sentence is about. */
export class Subject {
  /** `204214 (also s.kaiser)`, or `40 accounts`. */
  readonly name: string;
  /** The same where they have been named before: `40 accounts (204214 and 39 more)`. */
  readonly short: string;
  /** The names of those who are only counted in `name`; empty if they are named there. */
  readonly list: string;
  readonly #isOne: boolean;

  /** `accounts` have those of one member next to each other. */
  constructor(accounts: readonly ChangedAccount[], naming: Naming) {
    const members = byMember(accounts);
    const named = members.slice(0, naming.mostNames);
    const names = named.map((own) => memberName(own, naming));
    const left = accounts.length - named.flat().length;
    const isFew = members.length <= FEW;
    this.name = isFew ? sequence(names) : `${accounts.length} accounts`;
    const others = accounts.length - (members[0]?.length ?? 0);
    this.short = isFew ? this.name : `${this.name} (${names[0]} and ${others} more)`;
    this.list = isFew ? '' : `${names.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
    this.#isOne = members.length === 1;
  }

  /** The form of a verb. */
  verb(one: string, many: string): string {
    return this.#isOne ? one : many;
  }
}

function byMember(accounts: readonly ChangedAccount[]): readonly (readonly ChangedAccount[])[] {
  const members = new Map<string, ChangedAccount[]>();
  for (const account of accounts) {
    const key = account.member ?? account.account;
    const own = members.get(key);
    if (own) own.push(account);
    else members.set(key, [account]);
  }
  return [...members.values()];
}

function memberName(accounts: readonly ChangedAccount[], { name, accountDomain }: Naming): string {
  const [first = '', ...others] = accounts.map(({ account }) => {
    return name(account.endsWith(`@${accountDomain}`) ? account.replace(/@.*$/, '') : account);
  });
  return others.length === 0 ? first : `${first} (also ${others.join(', ')})`;
}

function sequence(names: readonly string[]): string {
  const [last = '', ...others] = [...names].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
}
