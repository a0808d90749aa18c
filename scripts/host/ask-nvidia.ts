import type { Told } from '../diagnosis/told.ts';
import { askOutput, type Patience } from './ask-program.ts';

const GPUS = '--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total';
const PROCESSES = '--query-compute-apps=gpu_uuid,pid,used_memory';
const FORMAT = '--format=csv,noheader,nounits';

/** What NVIDIA's driver says of its GPUs and of the programs on them: lines of CSV, memory in MiB (nvidia-smi(1)). */
export async function askGpus(
  patience: Patience,
): Promise<Told<{ readonly gpus: string; readonly processes: string }>> {
  // At the same time: where nothing else holds the driver, each starts all GPUs anew.
  const ask = (query: string) => askOutput('nvidia-smi', [query, FORMAT], patience);
  const [gpus, processes] = await Promise.all([ask(GPUS), ask(PROCESSES)]);
  if (gpus.kind !== 'told') return gpus;
  if (processes.kind !== 'told') return processes;
  return { kind: 'told', value: { gpus: gpus.value, processes: processes.value } };
}
