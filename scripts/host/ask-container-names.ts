import type { Told } from '../diagnosis/told.ts';
import { askOutput, type Patience } from './ask-program.ts';

/** The containers that run, a line each with id and names. */
export async function askContainerNames(patience: Patience): Promise<Told<string>> {
  return await askOutput('docker', ['ps', '--no-trunc', '--format', '{{.ID}} {{.Names}}'], patience);
}
