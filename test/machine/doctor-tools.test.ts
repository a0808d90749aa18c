import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ExaminedHost } from './examined-host.ts';
import { cgroupOf } from './host.ts';

// A machine on which all is well, and the programs that know of containers, GPUs and accounts: absent, answering, hanging.
let host: ExaminedHost;

const MEMBER = 'ds01-student-100001.slice';
const ID = 'c0ffee12'.repeat(8);

beforeAll(async () => {
  host = await ExaminedHost.start({ cpus: 4 });
  const { home } = host.machine;
  const cpus = await host.shell('nproc');
  const site = await host.read(`${home}/policy/site.yaml`);
  const groupText = (quota: string) =>
    `description: A group\nlimits:\n  per_group: { cpu_quota: ${quota}, memory_max: 1G, tasks_max: 8192 }\n` +
    '  per_container: { cpus: 1, memory: 512M }\n';
  // What this machine has, and not what DS01 has.
  await host.policy('fitting', {
    'site.yaml': site.replace(/ds01: \{ cpus: 128, gpus: 4 \}/, `ds01: { cpus: ${cpus}, gpus: 0 }`),
    'groups/student.yaml': groupText('200%'),
    'groups/researcher.yaml': groupText('100%'),
  });
  await host.apply('fitting');
});

afterEach(async () => {
  await host?.endWork();
});

afterAll(async () => {
  await host?.stop();
});

const fitting = { policy: 'fitting', watch: 2 } as const;

describe('a machine on which people work within their limits', () => {
  it('has no finding in twenty runs', async () => {
    const { home } = host.machine;
    await host.begin('moderate', MEMBER, `${home}/burner`, '1', '20', '80');
    await host.begin('other', 'ds01-researcher-204214.slice', `${home}/burner`, '1', '10', '40');
    await host.holdMemory(MEMBER, 50);
    for (let run = 0; run < 20; run++) {
      const { causes, checks } = await host.doctor(run % 4 === 3 ? '100001' : '', fitting);
      expect({ run, causes }).toEqual({ run, causes: [] });
      expect(checks.filter(({ status }) => status === 'finding')).toEqual([]);
    }
  }, 600_000);
});

describe('a container', () => {
  beforeEach(async () => {
    await host.beginContainer(ID, MEMBER, '--property=CPUQuota=30%', `${host.machine.home}/burner`, '1', '1000', '0');
  });

  it('is known by the scope that it runs in, with Docker absent', async () => {
    const [first] = (await host.doctor(ID.slice(0, 12), fitting)).causes;
    expect(first).toMatchObject({ check: 'cpu-throttling', limit: { key: 'CPUQuota', value: '30%' } });
    expect(first?.evidence[0]?.source).toBe(`/sys/fs/cgroup/${cgroupOf(MEMBER)}/docker-${ID}.scope/cpu.stat`);
  });

  it('is called by its name, and what holds it up is its own option, if Docker answers', async () => {
    const env = { PATH: await host.programs('answering', { docker: dockerAnswers(ID) }) };
    const [first] = (await host.doctor('training-run', { ...fitting, env })).causes;
    expect(first).toMatchObject({ check: 'cpu-throttling', wayOut: expect.stringContaining('--cpus') });
    expect(first?.message).toContain('training-run');
    expect((await host.ask('top --once', { policy: 'fitting', env })).stdout).toContain('training-run');
  });

  it('that computes on the CPU while the GPU that it has is idle is told so', async () => {
    const env = { PATH: await host.programs('gpu', { docker: dockerAnswers(ID), 'nvidia-smi': NVIDIA_SMI }) };
    await host.shell('touch /dev/nvidia0 /dev/nvidiactl');
    const { causes } = await host.doctor('training-run', { ...fitting, env });
    expect(causes.map(({ check }) => check)).toEqual(expect.arrayContaining(['cpu-throttling', 'gpu']));
    const gpu = causes.find(({ check }) => check === 'gpu');
    expect(gpu?.message).toContain('training-run');
    expect(gpu?.evidence.map(({ source }) => source).join('\n')).toContain('nvidia-smi');
    await host.run('rm', '/dev/nvidia0', '/dev/nvidiactl');
  });
});

describe('programs that do not answer', () => {
  const SLEEPS = 'exec sleep 1000';
  const CANNOT_BE_ENDED = `trap '' TERM HUP INT; while :; do sleep 1; done`;
  const LEAVES_ITS_OUTPUT_OPEN = 'sleep 1000 & exit 0';

  const timed = async (manner: Parameters<ExaminedHost['doctor']>[1]) => {
    const begun = performance.now();
    const said = await host.doctor('', manner);
    return { seconds: (performance.now() - begun) / 1000, said };
  };

  it('delay the answer by three seconds at most, all together, and are reported', async () => {
    const env = {
      PATH: await host.programs('hanging', {
        docker: SLEEPS,
        'nvidia-smi': CANNOT_BE_ENDED,
        getent: LEAVES_ITS_OUTPUT_OPEN,
        journalctl: CANNOT_BE_ENDED,
        timedatectl: LEAVES_ITS_OUTPUT_OPEN,
      }),
    };
    const manner = { policy: 'fitting', watch: 1 } as const;
    const before = await timed(manner);
    const { seconds, said } = await timed({ ...manner, env });
    const after = await timed(manner);
    const usual = Math.max(before.seconds, after.seconds);
    console.info(`with programs that do not answer ${seconds.toFixed(1)} s, without ${usual.toFixed(1)} s`);
    // Every instruction of this machine is emulated, so nothing takes the same time twice.
    expect(seconds - usual).toBeLessThan(4.5);
    const unknown = said.checks.flatMap((check) => check.unknown.map(({ why }) => why));
    for (const program of ['docker', 'nvidia-smi', 'getent']) {
      expect(unknown).toContainEqual(expect.stringContaining(`${program} did not answer within 3 s`));
    }
  });
});

/**
 * What Docker prints of one container with `--cpus 0.3` and all GPUs: made after its documentation of `docker ps`,
 * `docker inspect` and `docker info`, not recorded.
 */
function dockerAnswers(id: string): string {
  const container = {
    Id: id,
    Name: '/training-run',
    State: { Status: 'running', Running: true, Pid: 1 },
    Config: { Image: 'pytorch:2', User: '', Env: ['PATH=/usr/bin'], Labels: {} },
    HostConfig: {
      ...{ NanoCpus: 300_000_000, CpuQuota: 0, CpuPeriod: 0, Memory: 0, PidsLimit: null, ShmSize: 67_108_864 },
      ...{ CgroupParent: MEMBER, Runtime: 'runc', Devices: [], Privileged: false },
      DeviceRequests: [{ Driver: '', Count: -1, DeviceIDs: null, Capabilities: [['gpu']], Options: {} }],
    },
    Mounts: [],
  };
  const info = { CgroupDriver: 'systemd', CgroupVersion: '2', ServerVersion: '24.0.7' };
  return [
    'case "$*" in',
    `'ps --no-trunc --quiet') echo ${id} ;;`,
    `'ps --no-trunc --format {{.ID}} {{.Names}}') echo ${id} training-run ;;`,
    `inspect*) cat <<'END'\n${JSON.stringify([container])}\nEND\n;;`,
    `info*) cat <<'END'\n${JSON.stringify(info)}\nEND\n;;`,
    'esac',
  ].join('\n');
}

/** One GPU that nobody uses, as nvidia-smi prints its queries: made after NVIDIA's documentation, not recorded. */
const NVIDIA_SMI = [
  'case "$1" in',
  `--query-gpu=*) echo '0, GPU-5f1d3e7a-0000-4000-8000-000000000001, NVIDIA A100-PCIE-40GB, 0, 3, 40960' ;;`,
  'esac',
].join('\n');
