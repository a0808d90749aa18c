import type { Cause } from './check.ts';

interface Fault {
  readonly symptom: RegExp;
  readonly message: string;
  readonly wayOut: string;
}

/** What nvidia-smi says where no program can use a GPU. */
const FAULTS: readonly Fault[] = [
  {
    symptom: /Driver\/library version mismatch/,
    message:
      'the driver of the GPUs was upgraded, and the kernel still has the old one: no program can begin to use a GPU, in containers either',
    wayOut:
      'restart the machine; or end all that uses a GPU, and as root rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia',
  },
  {
    symptom: /couldn't communicate with the NVIDIA driver/,
    message: 'the kernel has no driver for the GPUs: no program can use one, in containers either',
    wayOut:
      'as root, modprobe nvidia says why; after an upgrade of the kernel, dkms status says whether it was built for it',
  },
];

/** Why no program can use a GPU, from the words of nvidia-smi; absent for other words. */
export function driverFault(words: string): Cause | undefined {
  const fault = FAULTS.find(({ symptom }) => symptom.test(words));
  if (!fault) return undefined;
  const { message, wayOut } = fault;
  return { weight: 60, subject: 'nvidia', message, evidence: [{ source: 'nvidia-smi', figure: words }], wayOut };
}
