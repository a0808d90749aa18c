import type { Container } from './facts.ts';
import { withDockerWayOut } from './read-docker.ts';
import type { Told } from './told.ts';
import { allOf, fieldsOf, listOf, readJson, understand } from './understand.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Understands what `docker inspect` prints of containers: the Engine API's ContainerInspect. Those that have ended are left out. */
export function readContainers(told: Told<string>): Told<readonly Container[]> {
  return understand(withDockerWayOut(told), 'docker inspect', (text) => {
    const list = readJson(text);
    const containers = Array.isArray(list) ? allOf(list.map((one) => readContainer(fieldsOf(one)))) : undefined;
    // Of a container without a process, Docker says 0.
    return containers?.filter(({ pid }) => pid > 0);
  });
}

function readContainer({ Id, Name, State, Config, HostConfig, Mounts }: Fields): Container | undefined {
  const [config, host] = [fieldsOf(Config), fieldsOf(HostConfig)];
  const pid = fieldsOf(State).Pid;
  const { Image: image, User: user = '' } = config;
  const { CgroupParent: cgroupParent = '' } = host;
  if (typeof Id !== 'string' || !/^[0-9a-f]{64}$/.test(Id) || typeof Name !== 'string') return undefined;
  if (typeof pid !== 'number' || typeof image !== 'string') return undefined;
  if (typeof user !== 'string' || typeof cgroupParent !== 'string') return undefined;
  const own = { id: Id, name: Name.replace(/^[/]/, ''), image, pid, cgroupParent, user };
  const labels = Object.entries(fieldsOf(config.Labels)).filter((label): label is [string, string] => isText(label[1]));
  return {
    ...own,
    ...limitsOf(host),
    asksGpu: asksGpu(config, host),
    mounts: foldersIn(Mounts),
    labels: new Map(labels),
  };
}

type Limits = Pick<Container, 'cpus' | 'memory' | 'shmSize' | 'pidsLimit'>;

// 0 and null mean that there is none, and so does -1 of tasks.
function limitsOf({ NanoCpus, CpuQuota, CpuPeriod, Memory, ShmSize, PidsLimit }: Fields): Limits {
  const [nano, quota] = [amount(NanoCpus), amount(CpuQuota)];
  const cpus = nano === undefined ? quota && quota / (amount(CpuPeriod) ?? DEFAULT_PERIOD) : nano / 1e9;
  const [memory, shmSize, pidsLimit] = [amount(Memory), amount(ShmSize), amount(PidsLimit)];
  return {
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    ...(shmSize !== undefined && { shmSize }),
    ...(pidsLimit !== undefined && { pidsLimit }),
  };
}

/** Microseconds: `docker run --cpu-period`. */
const DEFAULT_PERIOD = 100_000;

function amount(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function asksGpu({ Env }: Fields, { DeviceRequests, Devices, Runtime }: Fields): boolean {
  return listOf(DeviceRequests).some((one) => requestsGpu(fieldsOf(one))) || givesDevice(Devices) || usesRuntime();

  // NVIDIA's runtime gives what an environment variable says, which most images for GPUs set to `all`.
  function usesRuntime(): boolean {
    if (Runtime !== 'nvidia') return false;
    const visible = listOf(Env)
      .flatMap((line) => /^NVIDIA_VISIBLE_DEVICES=(.*)$/.exec(textOf(line))?.[1] ?? [])
      .at(-1);
    return visible !== undefined && !['', 'none', 'void'].includes(visible);
  }
}

// `--gpus all` is -1 GPUs; `--device nvidia.com/gpu=all` asks the driver `cdi`.
function requestsGpu({ Driver, Count, DeviceIDs, Capabilities }: Fields): boolean {
  const ids = listOf(DeviceIDs).map(textOf);
  if (Driver === 'cdi') return ids.some((id) => id.startsWith('nvidia.com/'));
  const isGpu = Driver === 'nvidia' || listOf(Capabilities).some((set) => listOf(set).includes('gpu'));
  return isGpu && (Count !== 0 || ids.length > 0);
}

function givesDevice(devices: unknown): boolean {
  return listOf(devices).some((one) => /^[/]dev[/]nvidia/.test(textOf(fieldsOf(one).PathOnHost)));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

// Not by String: of a list in a list in a list it takes all there is, and of an object what its fields say.
function textOf(value: unknown): string {
  return isText(value) ? value : '';
}

function foldersIn(mounts: unknown): readonly string[] {
  return listOf(mounts)
    .map(fieldsOf)
    .flatMap(({ Type, Source }) => (Type === 'bind' && typeof Source === 'string' ? [Source] : []));
}
