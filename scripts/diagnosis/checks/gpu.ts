import { count } from '../../units/listing.ts';
import type { Case } from '../case.ts';
import type { Check, Checked, Unknown } from '../check.ts';
import type { Gpus } from '../facts.ts';
import { percentText } from '../figures.ts';
import { examineContainers } from '../gpu-containers.ts';
import { driverFault } from '../gpu-driver.ts';
import { examineMemory, memoryShare } from '../gpu-memory.ts';
import { unknownOf } from '../unknown-of.ts';

/** A job that should compute on a GPU, and does not, or has to share one that is full. */
export const gpu: Check = {
  id: 'gpu',
  title: 'GPUs',
  about: 'work',
  examine(found) {
    const { gpus } = found.facts;
    if (gpus.kind === 'told' && gpus.value.gpus.length > 0) {
      return merged(sawText(gpus.value), examineContainers(found), examineMemory(gpus.value, found));
    }
    if (gpus.kind === 'silent')
      return merged('nvidia-smi did not say', examineContainers(found), silentPart(gpus.why, found));
    if (!found.machine.hasGpu) return { causes: [], saw: 'this machine has no GPU', notes: missingNotes(found) };
    return merged('nvidia-smi did not say', examineContainers(found), { unknown: [unseenGpu(gpus.kind)] });
  },
};

type Part = Partial<Omit<Checked, 'saw'>>;

function merged(saw: string, ...parts: readonly Part[]): Checked {
  const causes = parts.flatMap((part) => part.causes ?? []);
  return {
    causes: causes.sort((a, b) => b.weight - a.weight),
    saw,
    notes: parts.flatMap((part) => part.notes ?? []),
    unknown: parts.flatMap((part) => part.unknown ?? []),
  };
}

function silentPart(why: string, { facts }: Case): Part {
  const fault = driverFault(why);
  return fault ? { causes: [fault] } : { unknown: unknownOf(facts.gpus) };
}

function unseenGpu(kind: 'told' | 'absent'): Unknown {
  return kind === 'told'
    ? {
        why: 'there are devices of NVIDIA in /dev, and nvidia-smi shows no GPU',
        wayOut: "the kernel's log says why: dmesg | grep -i nvrm",
      }
    : {
        why: 'there are devices of NVIDIA in /dev, and nvidia-smi is not installed',
        wayOut: "it comes with NVIDIA's driver",
      };
}

// Which of the hosts of policy this is, nobody can tell by its name alone.
function missingNotes({ focus, resolved: { site } }: Case): readonly string[] {
  const all = site.hosts.length > 0 && site.hosts.every(({ gpus }) => gpus > 0);
  const hosts = site.hosts.length === 1 ? 'the host has GPUs' : 'all hosts have GPUs';
  return all && !focus
    ? [`policy says that ${hosts}, and this machine shows none: no /dev/nvidia0, and no nvidia-smi`]
    : [];
}

function sawText({ gpus, processes }: Gpus): string {
  const shares = gpus.flatMap((one) => memoryShare(one) ?? []);
  const use = `${count(gpus.length, 'GPU')} with ${count(processes.length, 'program')}`;
  return shares.length === 0 ? use : `${use}; memory of the fullest: ${percentText(Math.max(...shares))}`;
}
