import type { Case } from '../diagnosis/case.ts';
import { focusOn, makeCase } from '../diagnosis/make-case.ts';
import { readFacts } from '../diagnosis/read-facts.ts';
import type { Sighting } from '../diagnosis/sighting.ts';
import type { Told } from '../diagnosis/told.ts';
import type { Lag } from '../follow/lag.ts';
import type { HostReader } from '../host/unit-folder.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Label } from '../report/findings.ts';
import { placeText } from '../report/plan-words.ts';
import { accountsToAsk, chooseFocus } from './choose-focus.ts';
import { survey } from './survey.ts';
import { takeSighting } from './take-sighting.ts';

/** What somebody wants to know of a host. */
export interface HostQuestion {
  /** An account or a container; absent for the whole machine. */
  readonly word: string | undefined;
  /** Seconds between the two looks at counters. */
  readonly seconds: number;
  readonly now: Date;
  /** How policy files are called when they are shown. */
  readonly label: Label;
  /** Of a host that follows a repository. */
  readonly lags: readonly Lag[] | undefined;
  /** Hears how many seconds are left. */
  tell(seconds: number): void;
}

/**
 * Looks at a machine that runs, twice, and holds it against policy meanwhile. Throws UsageError for a word that is neither
 * an account nor a container, and HostFailure. `look` takes the place of this machine in tests.
 */
export async function examineHost(
  reader: HostReader,
  resolved: Resolved,
  question: HostQuestion,
  look: typeof takeSighting = takeSighting,
): Promise<Case> {
  const { word, seconds, now, label, lags, tell } = question;
  const asked = word === undefined ? [] : accountsToAsk(word, resolved);
  const accounts = [...new Set([...resolved.accounts.keys(), ...asked])];
  const over = new AbortController();
  const seen = look({ accounts, seconds }, tell, over.signal);
  // Who is told that systemd does not answer is not kept until all of the time is over.
  const [sighting, { files, plan, live }] = await Promise.all([
    seen,
    survey(askingOnce(reader, seen), resolved),
  ]).finally(() => over.abort());
  if (!live) throw new Error('a machine that runs was expected');
  const input = {
    ...{ sighting, facts: readFacts(sighting.programs), resolved, files, plan, live, now: now.getTime() },
    ...(lags && { lags }),
    placeText: (place: Parameters<Case['placeText']>[0]) => placeText(place, label),
  };
  const whole = makeCase(input);
  return word === undefined ? whole : focusOn(whole, chooseFocus(word, whole));
}

/** The same host, whose Docker is not asked for names a second time: it may be slow. */
function askingOnce(reader: HostReader, seen: Promise<Sighting>): HostReader {
  const { live } = reader;
  if (!live) return reader;
  const askContainerNames = async (): Promise<Told<string>> => {
    const { containers } = readFacts((await seen).programs);
    if (containers.kind !== 'told') return containers;
    return { kind: 'told', value: containers.value.map(({ id, name }) => `${id} ${name}`).join('\n') };
  };
  return { ...reader, live: { observe: (question) => live.observe(question), askContainerNames } };
}
