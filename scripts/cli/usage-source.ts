import { cgroupKind } from '../diagnosis/cgroup-level.ts';
import { ofFocus, rankUsage, type UsageFocus } from '../diagnosis/rank-usage.ts';
import { readContainerNames } from '../diagnosis/read-container-names.ts';
import { withDockerWayOut } from '../diagnosis/read-docker.ts';
import { readMeters } from '../diagnosis/read-meters.ts';
import type { Look } from '../diagnosis/sighting.ts';
import type { Told } from '../diagnosis/told.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Usage } from '../report/top.ts';

/** Whose use somebody wants to see. */
export interface UsageQuestion {
  readonly host: string;
  readonly resolved: Resolved;
  /** Absent for all of the site. */
  readonly focus?: UsageFocus | undefined;
  readonly showIdle: boolean;
}

/** Where the answer comes from. */
export interface Observer {
  /** Throws HostFailure. */
  look(): Look;
  /** What Docker calls its containers, a line each; takes as long as Docker does, within a limit. */
  askContainerNames(): Promise<Told<string>>;
}

/** Whether a cgroup can be in an answer about a site: of what is outside, only containers are. */
export function isOfSite(path: string, site: string): boolean {
  const { level, container } = cgroupKind(path, site);
  return level !== 'outside' || container !== undefined;
}

// Milliseconds: containers come and go less often than that, and each question costs a process.
const NAMES_HOLD = 10_000;

/** Looks at a machine again and again, and says who used what since the look before. */
export class UsageSource {
  readonly #question: UsageQuestion;
  readonly #observer: Observer;
  #before: Look;
  #names: ReadonlyMap<string, string> = new Map();
  #note: string | undefined;
  /** When Docker was asked last, and until when it has not answered. */
  #askedAt: number;
  #asking: Promise<void> | undefined;

  /** Takes the first look. Throws HostFailure. */
  constructor(question: UsageQuestion, observer: Observer) {
    this.#question = question;
    this.#observer = observer;
    this.#before = observer.look();
    this.#askedAt = this.#before.at;
    this.#ask();
  }

  /** Waits until Docker has said what containers are called, or has not. */
  async namesKnown(): Promise<void> {
    await this.#asking;
  }

  /** Looks again. Does not wait for Docker: names that are not known yet come with the next look. Throws HostFailure. */
  next(): Usage {
    const { host, resolved, focus, showIdle } = this.#question;
    const [before, after] = [this.#before, this.#observer.look()];
    this.#before = after;
    if (!this.#asking && after.at - this.#askedAt >= NAMES_HOLD) {
      this.#askedAt = after.at;
      this.#ask();
    }
    const site = resolved.site.name;
    const all = readMeters(before, after, site);
    const meters = focus ? ofFocus(all, focus) : all;
    const hasContainers = meters.some(({ container }) => container !== undefined);
    return {
      ...{ host, site, ...(focus && { focus }), showIdle },
      ...{ at: Date.now(), seconds: (after.at - before.at) / 1000 },
      roots: rankUsage(meters, { resolved, containers: this.#names }),
      notes: hasContainers && this.#note !== undefined ? [this.#note] : [],
    };
  }

  #ask(): void {
    this.#asking = this.#hear().finally(() => {
      this.#asking = undefined;
    });
  }

  async #hear(): Promise<void> {
    const told = withDockerWayOut(await this.#observer.askContainerNames());
    if (told.kind === 'told') this.#names = readContainerNames(told.value);
    // Where there is no Docker, there are no names that could be missed.
    this.#note = told.kind === 'silent' ? noteOf(told) : undefined;
  }
}

function noteOf({ why, wayOut }: { readonly why: string; readonly wayOut?: string }): string {
  return `names of containers are not known: ${why}${wayOut === undefined ? '' : `; ${wayOut}`}`;
}
