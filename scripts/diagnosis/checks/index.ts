import type { Check } from '../check.ts';
import { accounts } from './accounts.ts';
import { containerLimits } from './container-limits.ts';
import { controllers } from './controllers.ts';
import { cpuThrottling } from './cpu-throttling.ts';
import { disk } from './disk.ts';
import { docker } from './docker.ts';
import { drift } from './drift.ts';
import { gpu } from './gpu.ts';
import { memoryLimit } from './memory-limit.ts';
import { oversubscription } from './oversubscription.ts';
import { service } from './service.ts';
import { systemd } from './systemd.ts';
import { tasksLimit } from './tasks-limit.ts';
import { waiting } from './waiting.ts';
import { wrongSlice } from './wrong-slice.ts';

/**
 * All checks, in the order in which they are told: first what work comes to a stop at, then what it waits for, then how it
 * and the machine are set up.
 */
export const CHECKS: readonly Check[] = [
  tasksLimit,
  memoryLimit,
  cpuThrottling,
  waiting,
  disk,
  gpu,
  wrongSlice,
  containerLimits,
  oversubscription,
  drift,
  controllers,
  systemd,
  accounts,
  docker,
  service,
];
