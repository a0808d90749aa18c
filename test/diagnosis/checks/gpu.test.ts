import { describe, expect, it } from 'vitest';
import type { Focus, Machine, Program } from '../../../scripts/diagnosis/case.ts';
import { gpu } from '../../../scripts/diagnosis/checks/gpu.ts';
import type { Container, Facts, Gpu, GpuProcess } from '../../../scripts/diagnosis/facts.ts';
import type { CpuMeter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ABSENT,
  ACCOUNT,
  aCase,
  aContainer,
  aMeter,
  type CaseParts,
  CONTAINER,
  GROUP,
  told,
} from '../../support/case-fixture.ts';
import { resolvePolicy } from '../../support/resolve-policy.ts';

const GIB = 2 ** 30;
const OTHER_ID = 'ab'.repeat(32);
const OTHER = `${GROUP}/ds01-student-100002.slice/docker-${OTHER_ID}.scope`;
const FOCUS: Focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') };
const HAS_GPU = { hasGpu: true };
const STAT = `/sys/fs/cgroup${CONTAINER}/cpu.stat`;

function aGpu(index: number, used = 1, total = 40): Gpu {
  const uuid = `GPU-0000000${index}`;
  return { index, uuid, name: 'NVIDIA A100', memoryUsed: used * GIB, memoryTotal: total * GIB };
}

function on(index: number, pid: number, memory = 10): GpuProcess {
  return { gpu: `GPU-0000000${index}`, pid, memory: memory * GIB };
}

function aProgram(pid: number, cgroup: string, more: Partial<Program> = {}): Program {
  return { pid, uid: 0, name: 'python', cgroup, cpuSeconds: 0, cores: 1, ...more };
}

/** A machine with GPUs, and the programs on them. */
function gpus(some: readonly Gpu[] = [aGpu(0)], processes: readonly GpuProcess[] = []) {
  return { gpus: told({ gpus: some, processes }) };
}

interface Parts extends Omit<CaseParts, 'facts' | 'machine'> {
  readonly made?: Partial<Container> | undefined;
  readonly cpu?: CpuMeter;
  readonly facts?: Partial<Facts>;
  readonly machine?: Partial<Machine>;
}

/** One container of 100001, busy or not. */
function examine({ made = {}, cpu = { cores: 0.2 }, facts, machine, ...more }: Parts) {
  const containers = told([aContainer(made), aContainer({ id: OTHER_ID, name: 'other' })]);
  return gpu.examine(
    aCase({
      meters: [aMeter(GROUP), aMeter(ACCOUNT), aMeter(CONTAINER, { cpu })],
      facts: { containers, ...gpus(), ...facts },
      machine: { ...HAS_GPU, ...machine },
      ...more,
    }),
  );
}

describe('a container that was given no GPU', () => {
  const programs = [
    aProgram(4000, CONTAINER, { cores: 0.1, name: 'bash' }),
    aProgram(4001, CONTAINER, { cores: 15.5 }),
  ];

  it('and computes a lot is worth a question to whoever asks', () => {
    expect(examine({ cpu: { cores: 15.9, quota: 16 }, focus: FOCUS, programs }).causes).toEqual([
      {
        weight: 40,
        subject: 'container train',
        message:
          'container train has no GPU: it was made without --gpus, and uses 15.9 cores; should that work run on a GPU?',
        evidence: [
          { source: 'docker inspect', figure: 'no --gpus, and no device of NVIDIA' },
          { source: STAT, figure: '15.9 cores of 16 cores in 5.0 s' },
          { source: '/proc/4001/stat', figure: 'python, 15.5 cores' },
        ],
        wayOut: 'if it should, make the container anew with docker run --gpus; if not, nothing is wrong',
      },
    ]);
  });

  it.each([
    ['many cores', { cores: 4 }, [30]],
    ['not many cores', { cores: 3.99 }, []],
    ['most of a quota', { cores: 0.8, quota: 1 }, [40]],
    ['not so much of a quota', { cores: 0.79, quota: 1 }, []],
    ['a part of a large quota', { cores: 5, quota: 16 }, [30]],
    ['all that it gets', { cores: 0.5, quota: 1, throttling: { periods: 50, throttled: 5, seconds: 1 } }, [40]],
    ['hardly anything', { cores: 0.01 }, []],
  ] as const)('with %s', (_name, cpu, weights) => {
    expect(examine({ cpu, focus: FOCUS }).causes.map(({ weight }) => weight)).toEqual(weights);
  });

  it('is nobody’s concern otherwise: work on CPUs is as good as any other', () => {
    expect(examine({ cpu: { cores: 100 } }).causes).toEqual([]);
    expect(examine({ cpu: { cores: 100 }, focus: FOCUS, machine: { hasGpu: false } }).causes).toEqual([]);
  });

  it('has one all the same if it sees all devices of the machine', () => {
    const seeing = [aProgram(4000, CONTAINER, { seesGpu: true, cores: 9 })];
    const used = gpus([aGpu(0)], [on(0, 4000)]);
    expect(examine({ cpu: { cores: 9 }, focus: FOCUS, programs: seeing, facts: used }).causes).toEqual([]);
    const [cause] = examine({ cpu: { cores: 9 }, focus: FOCUS, programs: seeing }).causes;
    expect(cause?.message).toContain('container train has a GPU and uses none');
  });
});

describe('a container with a GPU and without a driver inside', () => {
  const made = { asksGpu: true };

  it('is named with what is not there', () => {
    const programs = [
      aProgram(3999, CONTAINER),
      aProgram(4000, CONTAINER, { seesGpu: false }),
      aProgram(4001, CONTAINER, { seesGpu: false }),
    ];
    const { causes, unknown } = examine({ made, programs });
    expect(unknown).toEqual([]);
    expect(causes).toEqual([
      {
        weight: 80,
        subject: 'container train',
        message:
          'container train was made with a GPU, and there is no driver inside: its programs compute on CPUs, or end with "no CUDA-capable device is detected"',
        evidence: [
          { source: 'docker inspect', figure: 'made with a GPU' },
          { source: '/proc/4000/root/dev/nvidiactl', figure: 'not there' },
        ],
        wayOut:
          'nvidia-smi says whether the machine itself has a driver; then docker restart train, which ends its programs',
      },
    ]);
  });

  it('has one if any of its programs sees it', () => {
    const programs = [aProgram(4000, CONTAINER, { seesGpu: false }), aProgram(4001, CONTAINER, { seesGpu: true })];
    expect(examine({ made, programs }).causes).toEqual([]);
  });

  it('is no concern of a container that was given none', () => {
    expect(examine({ programs: [aProgram(4000, CONTAINER, { seesGpu: false })] }).causes).toEqual([]);
  });

  it('may not be seen without root, and then that is said', () => {
    const why = 'whether there is a driver in container train was not to be seen';
    const programs = [aProgram(4000, CONTAINER)];
    expect(examine({ made, programs, machine: { asRoot: false } }).unknown).toEqual([{ why, wayOut: 'root sees it' }]);
    expect(examine({ made, programs }).unknown).toEqual([{ why }]);
    expect(examine({ programs }).unknown).toEqual([]);
  });

  it('is told of also where nvidia-smi says nothing', () => {
    const silent = { kind: 'silent', why: 'nvidia-smi did not answer within 3 s' } as const;
    const programs = [aProgram(4000, CONTAINER, { seesGpu: false })];
    const { causes, saw, unknown } = examine({ made, programs, facts: { gpus: silent } });
    expect([causes.map(({ weight }) => weight), saw, unknown]).toEqual([
      [80],
      'nvidia-smi did not say',
      [{ why: 'nvidia-smi did not answer within 3 s' }],
    ]);
  });
});

describe('a container that has a GPU and computes on CPUs', () => {
  const made = { asksGpu: true };
  const programs = [aProgram(4000, CONTAINER, { cores: 15, seesGpu: true }), aProgram(5000, OTHER, { cores: 90 })];
  const cpu = { cores: 15.9 };

  it('is named with what may be the reason, and how to tell', () => {
    const { causes, unknown } = examine({ made, cpu, programs, facts: gpus([aGpu(0)], [on(0, 5000)]) });
    expect(unknown).toEqual([]);
    expect(causes).toEqual([
      {
        weight: 45,
        subject: 'container train',
        message:
          'container train has a GPU and uses none: it uses 15.9 cores, and none of its programs is on a GPU; either they compute on CPUs only, as scikit-learn does, or they found no GPU',
        evidence: [
          { source: 'nvidia-smi --query-compute-apps', figure: 'no process of container train' },
          { source: STAT, figure: '15.9 cores in 5.0 s' },
          { source: '/proc/4000/stat', figure: 'python, 15 cores' },
        ],
        wayOut:
          'docker exec train nvidia-smi shows what it finds; after "Unknown Error", docker restart train: systemctl daemon-reload may take the devices of NVIDIA away from containers that run',
      },
    ]);
  });

  it('is well if one of its programs is on a GPU, or it does little', () => {
    expect(examine({ made, cpu, programs, facts: gpus([aGpu(0)], [on(0, 4000)]) }).causes).toEqual([]);
    expect(examine({ made, cpu: { cores: 3.9 }, programs }).causes).toEqual([]);
  });

  it('is counted in another file on cgroup v1, and may show no process', () => {
    const [cause] = examine({ made, cpu, machine: { version: 'v1' } }).causes;
    expect(cause?.evidence.map(({ source }) => source)).toEqual([
      'nvidia-smi --query-compute-apps',
      `/sys/fs/cgroup/cpuacct${CONTAINER}/cpuacct.usage`,
    ]);
  });

  it('is not known where nvidia-smi says nothing', () => {
    const silent = { kind: 'silent', why: 'nvidia-smi did not answer within 3 s' } as const;
    expect(examine({ made, cpu, programs, facts: { gpus: silent } }).causes).toEqual([]);
  });
});

describe('a container of which Docker says nothing', () => {
  const containers = { kind: 'silent', why: 'docker did not answer within 3 s', wayOut: 'ask root' } as const;
  const cpu = { cores: 9 };

  it('may or may not have a GPU', () => {
    expect(examine({ cpu, facts: { containers } }).unknown).toEqual([
      {
        why: 'whether a GPU was given to container c0ffee12c0ff, only Docker says: docker did not answer within 3 s',
        wayOut: 'ask root',
      },
    ]);
  });

  it('has one if the driver is in it', () => {
    const programs = [aProgram(4000, CONTAINER, { seesGpu: true })];
    const { causes, unknown } = examine({ cpu, programs, facts: { containers } });
    expect(unknown).toEqual([]);
    expect(causes[0]?.message).toContain('container c0ffee12c0ff has a GPU and uses none');
  });

  it('does not matter where it does little, or there is no GPU', () => {
    expect(examine({ facts: { containers } }).unknown).toEqual([]);
    expect(examine({ cpu, facts: { containers, gpus: ABSENT }, machine: { hasGpu: false } })).toEqual({
      causes: [],
      saw: 'this machine has no GPU',
      notes: [expect.stringContaining('policy says')],
    });
    const silent = { kind: 'silent', why: 'nvidia-smi exits 6' } as const;
    expect(examine({ cpu, facts: { containers, gpus: silent }, machine: { hasGpu: false } }).unknown).toEqual([
      { why: 'nvidia-smi exits 6' },
    ]);
  });
});

describe('a GPU without memory left', () => {
  const people = told([
    { name: '100003@hertie-school.lan', uid: 5003, home: '/home/100003' },
    { name: '100004@hertie-school.lan', uid: 5004, home: '/home/100004' },
  ]);
  const programs = [
    aProgram(4000, CONTAINER),
    aProgram(5000, OTHER, { name: 'train.py' }),
    aProgram(6000, '/user.slice/user-5003.slice/session-1.scope', { uid: 5003 }),
    aProgram(7000, '/system.slice/x.service', { uid: 5004, name: 'x' }),
    aProgram(8000, '/system.slice/y.service', { name: 'y' }),
  ];
  const meters = [aMeter(GROUP), aMeter(ACCOUNT), aMeter(CONTAINER), aMeter(OTHER)];
  const full = (processes: readonly GpuProcess[], more: readonly Gpu[] = []) => ({
    people,
    ...gpus([aGpu(0, 39.5), ...more], processes),
  });

  it('is a reason where several hold it, whatever they are', () => {
    const processes = [4000, 5000, 6000, 7000, 8000, 9000].map((pid, index) => on(0, pid, index + 1));
    const facts = full([...processes, on(0, 9001, 20), on(1, 4000, 99)], [aGpu(1, 20), aGpu(2, 2), aGpu(3, 3)]);
    const { causes, notes } = examine({ meters, programs, facts });
    expect(notes).toEqual([]);
    expect(causes).toEqual([
      {
        weight: 35,
        subject: 'GPU 0',
        message:
          'GPU 0 is full, 39.5G of 40G: somebody whose process is not shown here 26G, /system.slice/y.service 5G, 100004@hertie-school.lan 4G, 100003@hertie-school.lan 3G, 100002@hertie-school.lan 2G, 100001@hertie-school.lan 1G: who needs more ends with "CUDA out of memory"',
        evidence: [
          { source: 'nvidia-smi --query-gpu', figure: 'GPU 0 (NVIDIA A100): 39.5G of 40G used, 99 %' },
          figure('pid 9000 of somebody whose process is not shown here, 6G'),
          figure('pid 9001 of somebody whose process is not shown here, 20G'),
          figure('pid 8000 (y) of /system.slice/y.service, 5G'),
          figure('pid 7000 (x) of 100004@hertie-school.lan, 4G'),
          figure('pid 6000 (python) of 100003@hertie-school.lan, 3G'),
          figure('pid 5000 (train.py) of 100002@hertie-school.lan, 2G'),
          figure('pid 4000 (python) of 100001@hertie-school.lan, 1G'),
        ],
        wayOut: 'end one of these, or let them use different GPUs, as with docker run --gpus device=2',
      },
    ]);
  });

  it('counts from 95 percent on, where the driver says how much there is', () => {
    const at = (gpu: Partial<Gpu>) => {
      const facts = gpus([{ ...aGpu(0), ...gpu }], [on(0, 4000), on(0, 5000)]);
      return examine({ meters, programs, facts }).causes.length;
    };
    expect(at({ memoryUsed: 95, memoryTotal: 100 })).toBe(1);
    expect(at({ memoryUsed: 94.9, memoryTotal: 100 })).toBe(0);
    expect(at({ memoryUsed: 0, memoryTotal: 0 })).toBe(0);
    const { memoryUsed: _used, memoryTotal: _total, ...unknown } = aGpu(0);
    expect(examine({ meters, programs, facts: gpus([unknown], [on(0, 4000), on(0, 5000)]) })).toMatchObject({
      causes: [],
      saw: '1 GPU with 2 programs',
    });
  });

  it('is used well by one alone', () => {
    expect(examine({ meters, programs, facts: full([on(0, 4000, 38)]) })).toMatchObject({
      causes: [],
      notes: ['GPU 0 is full, 39.5G of 40G: 100001@hertie-school.lan 38G'],
    });
    const { memory: _memory, ...unsized } = on(0, 4000);
    expect(examine({ meters, programs, facts: full([unsized]) }).notes).toEqual([
      'GPU 0 is full, 39.5G of 40G: 100001@hertie-school.lan',
    ]);
    const [cause] = examine({ meters, programs, facts: full([unsized, on(0, 5000)]) }).causes;
    expect(cause?.evidence.at(-1)?.figure).toBe('pid 4000 (python) of 100001@hertie-school.lan');
    expect(examine({ meters, programs, facts: full([]) }).notes).toEqual([
      'GPU 0 is full, 39.5G of 40G: nvidia-smi does not say whose',
    ]);
  });

  it('is a reason for whoever shares it, and for nobody else', () => {
    const asked = (pids: readonly number[], focus: Focus) => {
      const { causes, notes } = examine({
        meters,
        programs,
        focus,
        facts: full(
          pids.map((pid) => on(0, pid)),
          [aGpu(1)],
        ),
      });
      return [causes.map(({ weight }) => weight), notes?.length];
    };
    const container: Focus = { kind: 'container', id: OTHER_ID };
    expect(asked([4000, 5000], FOCUS)).toEqual([[45], 0]);
    expect(asked([4000], FOCUS)).toEqual([[], 1]);
    expect(asked([5000, 6000], FOCUS)).toEqual([[], 0]);
    expect(asked([], FOCUS)).toEqual([[], 0]);
    expect(asked([4000, 5000], container)).toEqual([[45], 0]);
    expect(asked([5000], container)).toEqual([[], 1]);
    expect(asked([4000, 9000], container)).toEqual([[], 0]);
  });

  it('names no other GPU where none has much left', () => {
    const [cause] = examine({ meters, programs, facts: full([on(0, 4000), on(0, 5000)], [aGpu(1, 20.1)]) }).causes;
    const none = 'end one of these, or ask whose it is: no other GPU has half of its memory left';
    expect(cause?.wayOut).toBe(none);
    const [half] = examine({ meters, programs, facts: full([on(0, 4000), on(0, 5000)], [aGpu(1, 20)]) }).causes;
    expect(half?.wayOut).toContain('device=1');
    const unknown = { index: 2, uuid: 'GPU-2', name: 'x' };
    const [blind] = examine({ meters, programs, facts: full([on(0, 4000), on(0, 5000)], [unknown]) }).causes;
    expect(blind?.wayOut).toBe(none);
  });

  it('names a container of nobody’s by its name', () => {
    const alone = [aMeter(`/docker/${OTHER_ID}`)];
    const facts = { ...full([on(0, 5000)]), containers: told([aContainer({ id: OTHER_ID, name: 'other' })]) };
    const { notes } = examine({ meters: alone, programs: [aProgram(5000, `/docker/${OTHER_ID}/a`)], facts });
    expect(notes).toEqual(['GPU 0 is full, 39.5G of 40G: container other 10G']);
  });

  it('on every GPU shuts out whoever was given one and is on none', () => {
    const asked = (made: Partial<Container>, facts: Partial<Facts>, focus?: Focus) => {
      const own = { meters, programs, made, facts, ...(focus && { focus }) };
      return examine(own).causes.filter(({ message }) => message.startsWith('no GPU has memory left'));
    };
    const all = full([on(0, 5000, 39), on(1, 9000, 39)], [aGpu(1, 40)]);
    expect(asked({ asksGpu: true }, all, FOCUS)).toMatchObject([
      {
        weight: 40,
        subject: 'GPU 0, GPU 1',
        message:
          'no GPU has memory left: a program that starts now ends with "CUDA out of memory"; GPU 0 is full, 39.5G of 40G: 100002@hertie-school.lan 39G; GPU 1 is full, 40G of 40G: somebody whose process is not shown here 39G',
        evidence: [
          { figure: 'GPU 0 (NVIDIA A100): 39.5G of 40G used, 99 %' },
          { figure: 'pid 5000 (train.py) of 100002@hertie-school.lan, 39G' },
          { figure: 'GPU 1 (NVIDIA A100): 40G of 40G used, 100 %' },
          { figure: 'pid 9000 of somebody whose process is not shown here, 39G' },
        ],
        wayOut: 'wait until one of them has ended, or ask whose it is',
      },
    ]);
    expect(asked({ asksGpu: true }, all)).toEqual([]);
    expect(asked({ asksGpu: false }, all, FOCUS)).toEqual([]);
    expect(asked({ asksGpu: true }, full([on(0, 5000)], [aGpu(1, 20)]), FOCUS)).toEqual([]);
    expect(asked({ asksGpu: true }, full([on(0, 5000), on(1, 4000)], [aGpu(1, 40)]), FOCUS)).toEqual([]);
    const beside = full([on(0, 5000), on(0, 4000), on(1, 9000)], [aGpu(1, 40)]);
    expect(asked({ asksGpu: true }, beside, FOCUS)).toEqual([]);
  });

  function figure(text: string) {
    return { source: 'nvidia-smi --query-compute-apps', figure: text };
  }
});

describe('nvidia-smi', () => {
  const silent = (why: string) => ({ gpus: { kind: 'silent', why } as const });

  it('says that the driver was upgraded', () => {
    const why = 'nvidia-smi exits 18: Failed to initialize NVML: Driver/library version mismatch';
    expect(examine({ facts: silent(why) })).toMatchObject({
      causes: [
        {
          weight: 60,
          subject: 'nvidia',
          message:
            'the driver of the GPUs was upgraded, and the kernel still has the old one: no program can begin to use a GPU, in containers either',
          evidence: [{ source: 'nvidia-smi', figure: why }],
          wayOut:
            'restart the machine; or end all that uses a GPU, and as root rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia',
        },
      ],
      unknown: [],
    });
  });

  it('says that there is no driver', () => {
    const why = "nvidia-smi exits 9: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    const { causes } = examine({ facts: silent(why), machine: { hasGpu: false } });
    expect(causes).toMatchObject([
      {
        weight: 60,
        message: 'the kernel has no driver for the GPUs: no program can use one, in containers either',
        wayOut:
          'as root, modprobe nvidia says why; after an upgrade of the kernel, dkms status says whether it was built for it',
      },
    ]);
  });

  it('says nothing, and that is not known then', () => {
    expect(examine({ facts: silent('nvidia-smi did not answer within 3 s') })).toEqual({
      causes: [],
      saw: 'nvidia-smi did not say',
      notes: [],
      unknown: [{ why: 'nvidia-smi did not answer within 3 s' }],
    });
  });

  it('is not there, or shows no GPU, although there are devices', () => {
    expect(examine({ facts: { gpus: ABSENT } }).unknown).toEqual([
      {
        why: 'there are devices of NVIDIA in /dev, and nvidia-smi is not installed',
        wayOut: "it comes with NVIDIA's driver",
      },
    ]);
    expect(examine({ facts: gpus([]) }).unknown).toEqual([
      {
        why: 'there are devices of NVIDIA in /dev, and nvidia-smi shows no GPU',
        wayOut: "the kernel's log says why: dmesg | grep -i nvrm",
      },
    ]);
  });
});

describe('what was seen', () => {
  it('is GPUs in use', () => {
    expect(examine({ facts: gpus([aGpu(0, 10), aGpu(1, 24)], [on(0, 4000)]) })).toEqual({
      causes: [],
      saw: '2 GPUs with 1 program; memory of the fullest: 60 %',
      notes: [],
      unknown: [],
    });
  });

  it('is a machine without one', () => {
    const none = (facts: Partial<Facts>, more: Pick<CaseParts, 'focus'> = {}) => {
      return gpu.examine(aCase({ meters: [aMeter(CONTAINER, { cpu: { cores: 99 } })], facts: { ...facts }, ...more }));
    };
    const focused = { causes: [], saw: 'this machine has no GPU', notes: [] };
    expect(none({ gpus: ABSENT }, { focus: FOCUS })).toEqual(focused);
    expect(none(gpus([]), { focus: FOCUS })).toEqual(focused);
  });

  it('is worth a word where policy says that there are some', () => {
    const site = (hosts: string) => {
      const text = `version: 1\nname: ds01\ndefault_group: student\nadmin_group: admin\ntime_zone: Europe/Berlin\naccount_domain: hertie-school.lan\n${hosts}`;
      return gpu.examine(aCase({ resolved: resolvePolicy({ 'site.yaml': text }) })).notes;
    };
    const tail = 'and this machine shows none: no /dev/nvidia0, and no nvidia-smi';
    expect(site('hosts:\n  a: { cpus: 128, gpus: 4 }\n')).toEqual([`policy says that the host has GPUs, ${tail}`]);
    expect(site('hosts:\n  a: { cpus: 128, gpus: 4 }\n  b: { cpus: 128, gpus: 1 }\n')).toEqual([
      `policy says that all hosts have GPUs, ${tail}`,
    ]);
    expect(site('hosts:\n  a: { cpus: 128, gpus: 4 }\n  b: { cpus: 128, gpus: 0 }\n')).toEqual([]);
  });

  it('begins with what is most likely', () => {
    const programs = [aProgram(4000, CONTAINER, { seesGpu: false }), aProgram(5000, OTHER)];
    const meters = [aMeter(OTHER, { cpu: { cores: 9 } }), aMeter(CONTAINER)];
    const containers = told([aContainer({ asksGpu: true }), aContainer({ id: OTHER_ID, asksGpu: true })]);
    const { causes } = examine({ meters, programs, facts: { containers } });
    expect(causes.map(({ weight }) => weight)).toEqual([80, 45]);
  });
});
