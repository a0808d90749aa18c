import type { Told } from '../diagnosis/told.ts';
import { askProgram, complaint, type Patience } from './ask-program.ts';

/** What `getent` exits with if some of those it was asked for are not known: getent(1). */
const SOME_UNKNOWN = 2;
/** Far below the longest command line that the kernel takes: execve(2). */
const AT_ONCE = 1000;

/** What the machine knows of accounts, and of the owners of processes: passwd(5) lines. Asks nothing where nobody is meant. */
export async function askPasswd(
  accounts: readonly string[],
  uids: readonly number[],
  patience: Patience,
): Promise<Told<string>> {
  const keys = [...new Set([...accounts, ...uids.map(String)])];
  const parts = Array.from({ length: Math.ceil(keys.length / AT_ONCE) }, (_, index) => {
    return askPart(keys.slice(index * AT_ONCE, (index + 1) * AT_ONCE), patience);
  });
  const texts: string[] = [];
  for (const part of await Promise.all(parts)) {
    if (part.kind !== 'told') return part;
    texts.push(part.value);
  }
  return { kind: 'told', value: texts.join('') };
}

async function askPart(keys: readonly string[], patience: Patience): Promise<Told<string>> {
  const args = ['passwd', '--', ...keys];
  const asked = await askProgram('getent', args, patience);
  if (asked.kind !== 'told') return asked;
  const { exitCode, stdout } = asked.value;
  if (exitCode === 0 || exitCode === SOME_UNKNOWN) return { kind: 'told', value: stdout };
  return { kind: 'silent', why: complaint('getent', args, asked.value) };
}
