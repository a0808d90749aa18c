import type { Facts, ServiceState } from './facts.ts';
import { readContainers } from './read-containers.ts';
import { readDocker } from './read-docker.ts';
import { readGpus } from './read-gpus.ts';
import { readKernelLog } from './read-kernel-log.ts';
import { readPasswd } from './read-passwd.ts';
import type { ProgramTexts } from './sighting.ts';
import { understand } from './understand.ts';

/** Understands what programs printed. Never throws: what cannot be understood is silent, and says why. */
export function readFacts(programs: ProgramTexts): Facts {
  return {
    systemd: understand(programs.systemctl, 'systemctl --version', readVersion),
    containers: readContainers(programs.containers),
    docker: readDocker(programs.dockerInfo, programs.dockerConfig),
    gpus: understand(programs.gpus, 'nvidia-smi', readGpus),
    people: understand(programs.passwd, 'getent passwd', readPasswd),
    kernelLog: understand(programs.kernelLog, 'journalctl', readKernelLog),
    clockSynchronized: understand(programs.clock, 'timedatectl show', readSynchronized),
    services: understand(programs.services, 'systemctl show', readServices),
  };
}

// Distributions add their own version in brackets.
function readVersion(text: string): number | undefined {
  const [, version] = /^systemd ([0-9]{1,5})\b/.exec(text) ?? [];
  return version === undefined ? undefined : Number(version);
}

function readSynchronized(text: string): boolean | undefined {
  const [, answer] = /^NTPSynchronized=(yes|no)$/m.exec(text) ?? [];
  return answer === undefined ? undefined : answer === 'yes';
}

// A block of lines for each unit, with an empty line between them: systemctl(1), show.
function readServices(text: string): ReadonlyMap<string, ServiceState> | undefined {
  const services = new Map<string, ServiceState>();
  for (const block of text.trim().split(/\n{2,}/)) {
    const field = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1];
    const [id, loadState, activeState] = [field('Id'), field('LoadState'), field('ActiveState')];
    if (id === undefined || loadState === undefined || activeState === undefined) return undefined;
    // Not all kinds of units have a result.
    services.set(id, { loadState, activeState, result: field('Result') ?? '' });
  }
  return services;
}
