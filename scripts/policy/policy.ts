import type { Day } from './calendar.ts';
import type { ContainerField, FieldValue, SliceField } from './fields.ts';

/** The line of policy that a value comes from: a file relative to the policy folder, and a line counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A value and the line that says it. */
export interface Sourced<V> {
  readonly value: V;
  readonly place: Place;
}

/** Limits of one slice; a field that is absent is not limited here. */
export type SliceLimits = { readonly [F in SliceField]?: Sourced<FieldValue<F>> };

/** Limits of one container. */
export type ContainerLimits = { readonly [F in ContainerField]?: Sourced<FieldValue<F>> };

/** Limits by scope. */
export interface Limits {
  readonly per_group: SliceLimits;
  readonly per_member: SliceLimits;
  readonly per_container: ContainerLimits;
}

/** Size of one machine; `memory` in bytes, absent if nobody wrote it down. */
export interface Host {
  readonly name: string;
  readonly cpus: number;
  readonly gpus: number;
  readonly memory?: number;
}

/** What is done about files of others that change a limit: cleared or refused, or only shown. */
export type DriftMode = 'enforce' | 'report';

/** policy/site.yaml. */
export interface Site {
  readonly name: string;
  readonly defaultGroup: Sourced<string>;
  readonly adminGroup: string;
  /** The line that names the site. */
  readonly place: Place;
  readonly timeZone: string;
  readonly accountDomain: string;
  readonly domainAliases: readonly string[];
  /** The smallest `tasks_max` a slice may have. */
  readonly minTasksMax: number;
  readonly drift: DriftMode;
  readonly hosts: readonly Host[];
  /** What every group starts from; `per_group` is always empty here. */
  readonly limits: Limits;
}

/** policy/groups/<name>.yaml. */
export interface Group {
  readonly name: string;
  readonly description: string;
  /** Days that a grant may last at most; absent if for ever. */
  readonly longestGrant?: number;
  /** Absent: as the site says. */
  readonly drift?: DriftMode;
  readonly limits: Limits;
  /** The first line of the file's content. */
  readonly place: Place;
}

/** policy/members/<id>.yaml: one person or service. */
export interface Member {
  /** File name without `.yaml`: the slug of the first account. */
  readonly id: string;
  /** In the order of the file; in a checked policy canonical and in no other member. */
  readonly accounts: readonly Sourced<string>[];
  readonly group: Sourced<string>;
  /** Login on GitHub, without "@": whose grant it is, where a pull request only says who opened it. */
  readonly github?: string;
  readonly reason?: string;
  /** First day of the grant. */
  readonly granted: Sourced<Day>;
  /** Last day of the grant, in the site's time zone, or `never`. */
  readonly expires: Sourced<Day | 'never'>;
  /** The member's own limits; `per_group` is always empty here. */
  readonly limits: Limits;
}

/** A reviewed answer to one guard: one entry of policy/allow.yaml. It lets exactly the change pass that it names. */
export interface Answer {
  /** Id of the guard. */
  readonly guard: string;
  /** What the guard has to be about, sorted: exactly these. Either this or `plan` is there. */
  readonly objects?: readonly string[];
  /** Digest of the plan that the answer is for. */
  readonly plan?: string;
  readonly reason: string;
  /** Last day on which it counts, in the site's time zone. */
  readonly expires: Sourced<Day>;
  readonly place: Place;
}

/** What the YAML says, complete and free of errors. Only `check` makes one. */
export interface Policy {
  readonly site: Site;
  readonly groups: ReadonlyMap<string, Group>;
  /** Sorted by id. */
  readonly members: readonly Member[];
  /** Answers to guards, in the order of the file; also those that have expired. */
  readonly answers: readonly Answer[];
}
