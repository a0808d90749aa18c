import type { Gpu, GpuProcess, Gpus } from './facts.ts';
import { allOf, linesOf } from './understand.ts';

/**
 * Understands the CSV of nvidia-smi(1): index, uuid, name, percent in use, and memory used and there, both in MiB; and for
 * each program, uuid of the GPU, process and memory. Where the driver does not know, it writes words in brackets.
 */
export function readGpus(texts: { readonly gpus: string; readonly processes: string }): Gpus | undefined {
  const gpus = allOf(rowsOf(texts.gpus).map(readGpu));
  const processes = allOf(rowsOf(texts.processes).map(readProcess));
  return gpus && processes && { gpus, processes };
}

// A driver without any GPU says so in words, and some exit 0.
function rowsOf(text: string): readonly string[] {
  return linesOf(text).filter((line) => line.trim() !== 'No devices were found');
}

const UUID = /^(GPU|MIG)-[0-9A-Za-z/-]+$/;
const MIB = 1024 * 1024;

function readGpu(line: string): Gpu | undefined {
  const [index = '', uuid = '', ...more] = line.split(', ');
  const [name, numbers] = [more.slice(0, -3).join(', '), allOf(more.slice(-3).map(readNumber))];
  if (!/^[0-9]{1,4}$/.test(index) || !UUID.test(uuid) || name === '' || !numbers) return undefined;
  const [utilization, used, total] = numbers.map((number) => number ?? undefined);
  return {
    index: Number(index),
    uuid,
    name,
    ...(utilization !== undefined && { utilization }),
    ...(used !== undefined && { memoryUsed: used * MIB }),
    ...(total !== undefined && { memoryTotal: total * MIB }),
  };
}

function readProcess(line: string): GpuProcess | undefined {
  const [gpu = '', pid = '', used = '', ...more] = line.split(', ');
  const memory = readNumber(used);
  if (!UUID.test(gpu) || !/^[0-9]{1,10}$/.test(pid) || memory === undefined || more.length > 0) return undefined;
  return { gpu, pid: Number(pid), ...(memory !== null && { memory: memory * MIB }) };
}

/** Null for what the driver does not know, as in `[N/A]`, `[Not Supported]`; undefined for what is neither. */
function readNumber(text: string): number | null | undefined {
  if (/^\[[^\]]*\]$/.test(text.trim())) return null;
  return /^[0-9]{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}
