import { listing } from '../units/listing.ts';
import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import type { Cause, Checked, Evidence } from './check.ts';
import type { Gpu, Gpus } from './facts.ts';
import { percentText } from './figures.ts';
import { type Holder, holderFigures, holdersOf, holderText } from './gpu-holders.ts';
import { containerOf } from './work-owner.ts';

/** The share of a GPU's memory from which on hardly anything else fits in; and up to which a program most likely does. */
const [FULL, FREE] = [0.95, 0.5];

/** A GPU with hardly any memory left, and who has it. */
interface FullGpu extends Required<Omit<Gpu, 'utilization'>> {
  /** How much of its memory is in use, 0 to 1. */
  readonly share: number;
  readonly holders: readonly Holder[];
}

/** How much of a GPU's memory is in use, 0 to 1; absent where the driver does not say. */
export function memoryShare({ memoryUsed, memoryTotal }: Gpu): number | undefined {
  return memoryUsed === undefined || !memoryTotal ? undefined : memoryUsed / memoryTotal;
}

/** Whose programs fill GPUs so that others find no memory there. One that is full of a single account's work is used well. */
export function examineMemory(gpus: Gpus, found: Case): Required<Pick<Checked, 'causes' | 'notes'>> {
  const full = gpus.gpus.flatMap((gpu) => fullGpu(gpu, gpus, found) ?? []);
  const shared = full.filter(({ holders }) => isShared(holders, found));
  const noted = full.filter((gpu) => !shared.includes(gpu) && (!found.focus || gpu.holders.some(({ isOwn }) => isOwn)));
  return {
    causes: [
      ...shared.map((gpu) => sharedCause(gpu, gpus, found)),
      ...(isShutOut(full, gpus, found) ? [shutOutCause(full)] : []),
    ],
    notes: noted.map(fullText),
  };
}

function fullGpu(gpu: Gpu, gpus: Gpus, found: Case): FullGpu | undefined {
  const { memoryUsed = 0, memoryTotal = 0 } = gpu;
  const share = memoryShare(gpu);
  if (share === undefined || share < FULL) return undefined;
  return { ...gpu, memoryUsed, memoryTotal, share, holders: holdersOf(gpu, gpus, found) };
}

function isShared(holders: readonly Holder[], { focus }: Case): boolean {
  return holders.length > 1 && (!focus || holders.some(({ isOwn }) => isOwn));
}

function sharedCause(gpu: FullGpu, gpus: Gpus, found: Case): Cause {
  return {
    weight: found.focus ? 45 : 35,
    subject: gpuName(gpu),
    message: `${fullText(gpu)}: who needs more ends with "CUDA out of memory"`,
    evidence: figuresOf(gpu),
    wayOut: apart(freest(gpus)),
  };
}

function apart(free: number | undefined): string {
  if (free === undefined) return 'end one of these, or ask whose it is: no other GPU has half of its memory left';
  return `end one of these, or let them use different GPUs, as with docker run --gpus device=${free}`;
}

/** Whether work that was given a GPU is on none, and finds no memory on any. */
function isShutOut(full: readonly FullGpu[], { gpus }: Gpus, found: Case): boolean {
  const isWaiting = found.meters.some((meter) => containerOf(meter, found)?.asksGpu === true);
  const isOnOne = full.some(({ holders }) => holders.some(({ isOwn }) => isOwn));
  return found.focus !== undefined && isWaiting && full.length === gpus.length && !isOnOne;
}

function shutOutCause(full: readonly FullGpu[]): Cause {
  return {
    weight: 40,
    subject: full.map(gpuName).join(', '),
    message: `no GPU has memory left: a program that starts now ends with "CUDA out of memory"; ${full.map(fullText).join('; ')}`,
    evidence: full.flatMap(figuresOf),
    wayOut: 'wait until one of them has ended, or ask whose it is',
  };
}

/** As in `GPU 0 is full, 39.8G of 40G: 100001@example.org 31.2G`. */
function fullText(gpu: FullGpu): string {
  const { memoryUsed, memoryTotal, holders } = gpu;
  const who = holders.length === 0 ? 'nvidia-smi does not say whose' : listing(holders.map(holderText));
  return `${gpuName(gpu)} is full, ${bytes(memoryUsed)} of ${bytes(memoryTotal)}: ${who}`;
}

function gpuName({ index }: Pick<Gpu, 'index'>): string {
  return `GPU ${index}`;
}

function figuresOf(gpu: FullGpu): readonly Evidence[] {
  const { name, memoryUsed, memoryTotal, share, holders } = gpu;
  const used = `${bytes(memoryUsed)} of ${bytes(memoryTotal)} used, ${percentText(share)}`;
  const figure = `${gpuName(gpu)} (${name}): ${used}`;
  return [{ source: 'nvidia-smi --query-gpu', figure }, ...holders.flatMap(holderFigures)];
}

/** The number of the GPU with the most memory left, if that is a good part of it. */
function freest({ gpus }: Gpus): number | undefined {
  const free = gpus.filter((gpu) => (memoryShare(gpu) ?? 1) <= FREE);
  return free.sort((a, b) => leftOn(b) - leftOn(a))[0]?.index;
}

function leftOn({ memoryTotal = 0, memoryUsed = 0 }: Gpu): number {
  return memoryTotal - memoryUsed;
}
