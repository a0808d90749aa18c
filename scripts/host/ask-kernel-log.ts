import type { Told } from '../diagnosis/told.ts';
import { askProgram, complaint, type Patience } from './ask-program.ts';

const ARGUMENTS = [
  ...['--dmesg', '--boot', '--output=json', '--output-fields=MESSAGE,__REALTIME_TIMESTAMP', '--no-pager'],
  '--lines=5000',
];

/**
 * The newest of what the kernel said since it began: one JSON object on each line (journalctl(1)). A kernel always says
 * something: an empty answer means that whoever asks may not see it, or that the journal has lost it.
 */
export async function askKernelLog(asRoot: boolean, patience: Patience): Promise<Told<string>> {
  const asked = await askProgram('journalctl', ARGUMENTS, patience);
  if (asked.kind !== 'told') return asked;
  const { exitCode, stdout, stderr } = asked.value;
  // It exits 0 with this hint where it may read only what the user's own programs said.
  const hidden = /^Hint: You are currently not seeing messages|insufficient permissions/m.test(stderr);
  if (exitCode === 0 && stdout !== '' && !hidden) return { kind: 'told', value: stdout };
  const wayOut = hidden || !asRoot ? { wayOut: 'root or the group systemd-journal sees it' } : {};
  const why =
    exitCode === 0 ? 'the journal shows no message of the kernel' : complaint('journalctl', ARGUMENTS, asked.value);
  return { kind: 'silent', why, ...wayOut };
}
