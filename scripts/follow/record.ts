/** A moment in UTC, ISO 8601 with milliseconds. */
export type Instant = string;

/** A commit by its full name: 40 hexadecimal digits, lower case. */
export type CommitName = string;

/** Which state of the policy repository policy was read from, for the record; `why` if git cannot say. */
export type PolicySource =
  | {
      readonly commit: CommitName;
      readonly uncommittedChanges: boolean;
      /** Who wrote it and who put it onto the branch, as git has them: `name <address>`. */
      readonly author?: string;
      readonly committer?: string;
    }
  | { readonly commit: null; readonly why: string };

/** The commit that the next one has to descend from, or that the first one that comes is taken. */
export type Anchor = { readonly kind: 'first' } | { readonly kind: 'commit'; readonly commit: CommitName };

/** Why a commit is not applied: it is not tried again, whatever the host does, until another one comes. */
export interface Refused {
  readonly commit: CommitName;
  readonly at: Instant;
  /** The exit code of the run that found it: 1 policy has errors, 3 refused, 4 its units failed. */
  readonly exitCode: 1 | 3 | 4;
  readonly why: string;
}

/** Applying is left off for a while. */
export interface Pause {
  readonly since: Instant;
  readonly until: Instant;
  readonly reason: string;
  /** Whether grants end meanwhile on their last day. */
  readonly grants: 'expire' | 'keep';
}

/** Drift that came back too often: it is not corrected any more until somebody resumes, or another commit comes. */
export interface Stopped {
  readonly since: Instant;
  readonly what: string;
}

/** How an apply ended. */
export interface LastApply {
  readonly at: Instant;
  readonly result: ApplyEvent['result'];
  /** The commit that it was about, if policy came from one. */
  readonly commit: CommitName | null;
  readonly failure?: string;
}

/** Where a host stands after an entry of its history. The newest entry says all that a run has to know. */
export interface Standing {
  /** Absent: nobody said which commit to begin with, or it is lost; no commit is trusted then. */
  readonly anchor?: Anchor;
  /** What the host holds. */
  readonly applied?: { readonly commit: CommitName; readonly at: Instant };
  /** The newest apply, however it ended. */
  readonly last?: LastApply;
  readonly refused?: Refused;
  readonly pause?: Pause;
  readonly stopped?: Stopped;
  /** The newest day that grants were looked at, in the site's time zone: a clock that jumps back revives none. */
  readonly day?: string;
}

/** One setting of one unit, before and after. */
export interface RecordedDifference {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** What happened to one file. */
export interface RecordedChange {
  readonly kind: string;
  readonly path: string;
  readonly differences?: readonly RecordedDifference[];
}

/** An account that has another group since; `until` is the last day of the grant, or `never`. */
export interface RecordedMove {
  readonly account: string;
  readonly from: string;
  readonly to: string;
  readonly until?: string;
}

/** A guard that let a plan pass because policy had an answer to it. */
export interface RecordedAnswer {
  readonly guard: string;
  /** What the guard was about. */
  readonly objects: readonly string[];
  readonly reason: string;
  /** Last day on which the answer counts. */
  readonly expires: string;
}

/** Whose fault it is that a commit could not be applied: its own, and then it is not tried again, or the host's. */
export type Blame = 'commit' | 'host';

/** Something that happened on a host, or was tried. */
export type Event = {
  readonly version: 1;
  /** When the run began: no two runs have the same. */
  readonly at: Instant;
} & (ApplyEvent | RefuseEvent | WordEvent);

/** Policy was applied, or that was tried. */
export interface ApplyEvent {
  readonly kind: 'apply';
  /** `untouched` and `restored`: it failed, and the host is as it was. `broken`: it failed, and the host is not. */
  readonly result: 'applied' | 'untouched' | 'restored' | 'broken';
  /** What made it necessary: another commit, a day on which a grant ends or begins, drift, or somebody's command. */
  readonly cause: 'commit' | 'day' | 'drift' | 'by-hand';
  readonly policy: PolicySource;
  /** The day that grants were looked at, in the site's time zone. */
  readonly day: string;
  /** The plan it was about. */
  readonly digest: string;
  readonly changes: readonly RecordedChange[];
  /** Who gained, lost or changed a group. */
  readonly moves?: readonly RecordedMove[];
  /** What was let pass that a guard would have refused. */
  readonly answers?: readonly RecordedAnswer[];
  /** What drift was put right: one identifier for each limit that something else had set. */
  readonly drift?: readonly string[];
  /** Where copies of files are that somebody else wrote, relative to the state folder. */
  readonly backup?: string;
  /** How long it took, in seconds. */
  readonly seconds?: number;
  /** Where and why it failed, and whose fault that is. */
  readonly failure?: string;
  readonly blame?: Blame;
  /** Somebody's word for an apply by hand. */
  readonly by?: string;
  readonly reason?: string;
  /** The pause that comes with a commit that was not the newest: the next run would undo it. */
  readonly pause?: Pause;
}

/** Policy was not applied, and nothing was tried. */
export interface RefuseEvent {
  readonly kind: 'refuse';
  readonly policy: PolicySource;
  /** 1: policy has errors; 3: its history, a signature, or a guard. */
  readonly exitCode: 1 | 3;
  readonly why: string;
  readonly blame: Blame;
}

/** Somebody, or the program itself, said how to go on; `by` is the login of whoever did. */
export type WordEvent =
  | { readonly kind: 'pause'; readonly by: string; readonly pause: Pause }
  /** The pause is over, and what was refused or stopped is tried again; `day` sets back a clock that had been ahead. */
  | { readonly kind: 'resume'; readonly by: string; readonly day?: string }
  | { readonly kind: 'trust'; readonly by: string; readonly commit: CommitName; readonly reason: string }
  | { readonly kind: 'install' | 'uninstall'; readonly by: string; readonly remote: string }
  | { readonly kind: 'stop'; readonly what: string };

/** One line of the history: what happened, where the host stands since, and the SHA-256 of the line before it, in hex. */
export type HistoryRecord = Event & { readonly standing: Standing; readonly previous: string };
