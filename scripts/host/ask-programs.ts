import type { ProgramTexts } from '../diagnosis/sighting.ts';
import { askContainers, askDockerInfo, readDockerConfig } from './ask-docker.ts';
import { askKernelLog } from './ask-kernel-log.ts';
import { askGpus } from './ask-nvidia.ts';
import { askPasswd } from './ask-passwd.ts';
import { askOutput, patience } from './ask-program.ts';

/** Seconds that each program has, with all its steps. A program that works answers in a tenth of that. */
const PATIENCE = 3;

const SHOW_SERVICES = [
  ...['show', '--no-pager', '--property=Id,LoadState,ActiveState,Result', '--'],
  ...['ds01-policy.timer', 'ds01-policy-apply.service', 'ds01-policy-fetch.service'],
];

/** Whom the machine is asked about, and who asks. */
export interface ProgramQuestion {
  /** In the spelling that the machine is asked for. */
  readonly accounts: readonly string[];
  readonly uids: readonly number[];
  readonly asRoot: boolean;
}

/** Asks all programs of the machine that know something, all at the same time. Never throws: what is silent says why. */
export async function askPrograms({ accounts, uids, asRoot }: ProgramQuestion): Promise<ProgramTexts> {
  const until = patience(PATIENCE);
  const [systemctl, containers, dockerInfo, gpus, passwd, kernelLog, clock, services] = await Promise.all([
    askOutput('systemctl', ['--version'], until),
    askContainers(until),
    askDockerInfo(until),
    askGpus(until),
    askPasswd(accounts, uids, until),
    askKernelLog(asRoot, until),
    askOutput('timedatectl', ['show', '--property=NTPSynchronized'], until),
    askOutput('systemctl', SHOW_SERVICES, until),
  ]);
  const dockerConfig = readDockerConfig();
  return { systemctl, containers, dockerInfo, dockerConfig, gpus, passwd, kernelLog, clock, services };
}
