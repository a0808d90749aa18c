import { examineHost } from '../../scripts/cli/examine-host.ts';
import type { Case } from '../../scripts/diagnosis/case.ts';
import { diagnose } from '../../scripts/diagnosis/diagnose.ts';
import type { Look, Process, ProgramTexts, Sighting } from '../../scripts/diagnosis/sighting.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';
import type { HostReader } from '../../scripts/host/unit-folder.ts';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import { doctorText } from '../../scripts/report/doctor-text.ts';
import { plain } from '../../scripts/report/paint.ts';
import { render } from '../../scripts/units/render.ts';
import { ACCOUNT, CONTAINER, CONTAINER_ID, GROUP, NOW, SCOPE, SITE, told } from './case-fixture.ts';
import { obedientHost } from './live-survey.ts';
import { asFound, resolvePolicy } from './resolve-policy.ts';

/** One of the two incidents of December 2025, as texts of the machine on which it happened. */
export interface Incident {
  /** A unit file that somebody wrote by hand, over that of policy. */
  readonly byHand?: { readonly path: string; readonly text: string };
  /** Files of cgroups by path, at the two looks. */
  cgroups(after: boolean): Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly kernelLog: readonly string[];
  /** Seconds of CPU that the program used at the two looks. */
  readonly used: readonly [before: number, after: number];
  readonly program: string;
}

/** `libgomp: Thread creation failed`: 512 tasks for all students together, in a unit that somebody had written. */
export const THREADS: Incident = {
  byHand: {
    path: 'ds01-student.slice',
    text: '[Unit]\nDescription=DS01 Student Group\n[Slice]\nCPUQuota=1600%\nMemoryMax=32G\nTasksMax=512\n',
  },
  cgroups: (after) => ({
    [SITE]: tasks(433, 514),
    [GROUP]: { ...LIMITED, ...cpu(after ? 1002 : 1000, after ? [50, 0] : [0, 0]), ...tasks(430, 512, 512) },
    [ACCOUNT]: tasks(409, 490),
    [CONTAINER]: {
      ...CONTAINED,
      ...cpu(after ? 1002 : 1000, [0, 0]),
      ...tasks(409, 490),
      'pids.events': `max ${after ? 95 : 62}`,
    },
  }),
  kernelLog: [`cgroup: fork rejected by pids controller in ${CONTAINER}`],
  used: [100, 110],
  program: 'python',
};

/** "Super slow": a program that needs CPUs, in the group of students, who have 16 of 128 together. */
export const SLOW: Incident = {
  cgroups: (after) => ({
    [SITE]: cpu(after ? 1082 : 1000),
    [GROUP]: { ...LIMITED, ...cpu(after ? 1080 : 1000, after ? [5050, 5000, 9500] : [5000, 4951, 9200]) },
    [ACCOUNT]: cpu(after ? 1079 : 1000),
    [CONTAINER]: {
      ...CONTAINED,
      ...cpu(after ? 1079 : 1000, [after ? 5050 : 5000, 0]),
      // What a quota holds up waits for a CPU.
      'cpu.pressure': after ? QUIET.replace('total=0', 'total=4900000') : QUIET,
    },
  }),
  kernelLog: [],
  used: [1000, 1079],
  program: 'python',
};

/** The machine of an incident: a reader of it, and what is seen there. */
export interface IncidentHost {
  readonly resolved: Resolved;
  readonly reader: HostReader;
  readonly sighting: Sighting;
}

/** A machine on which it happens. */
export function incidentHost({ byHand, cgroups, kernelLog, used, program }: Incident): IncidentHost {
  const resolved = resolvePolicy();
  const units = render(resolved).map((unit) => (unit.path === byHand?.path ? { ...unit, ...byHand } : unit));
  const running = { 'ds01.slice': {}, 'ds01-student.slice': {}, 'ds01-student-100001.slice': { work: [SCOPE] } };
  const live = {
    observe: async () => obedientHost(units, running),
    askContainerNames: () => Promise.reject(new Error('Docker is asked a second time')),
  };
  const process = { pid: 4000, uid: 70_001, name: program, cgroup: CONTAINER, seesGpu: true };
  const sighting: Sighting = {
    before: look(0, cgroups(false), { ...process, cpuSeconds: used[0] }),
    after: look(5000, cgroups(true), { ...process, cpuSeconds: used[1] }),
    machine: { cpus: 128, asRoot: true, devices: new Map(), nvidiaDevices: ['nvidia0'] },
    programs: programs(kernelLog),
  };
  return { resolved, reader: { name: 'ds01', root: '/', readUnits: () => asFound(units), live }, sighting };
}

/** What `doctor 100001` makes of it. */
export async function incidentCase(incident: Incident): Promise<Case> {
  const { resolved, reader, sighting } = incidentHost(incident);
  const question = { word: '100001', seconds: 5, now: new Date(NOW), label, lags: undefined, tell: () => undefined };
  return await examineHost(reader, resolved, question, async () => sighting);
}

/** What it says. */
export async function incidentText(incident: Incident): Promise<string> {
  const found = await incidentCase(incident);
  return doctorText({ host: 'ds01', found, diagnosis: diagnose(found) }, label, plain);
}

const label = (file: string) => `policy/${file}`;

const QUIET = 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0';
const IDLE = {
  ...{ 'cpu.max': 'max 100000', 'cpu.stat': 'usage_usec 0', 'cpu.pressure': QUIET },
  ...{ 'memory.current': '1073741824', 'memory.max': 'max', 'memory.high': 'max', 'memory.pressure': QUIET },
  ...{ 'memory.stat': 'file 0\nshmem 0', 'memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0' },
  ...{ 'pids.current': '40', 'pids.max': 'max', 'pids.peak': '60', 'pids.events': 'max 0' },
  ...{ 'io.stat': '', 'io.max': '', 'io.pressure': QUIET, 'cgroup.subtree_control': 'cpu io memory pids' },
};

/** What policy gives all students together, and each of their containers. */
const CONTAINED = { 'cpu.max': '1600000 100000', 'memory.max': String(32 * 2 ** 30) };
const LIMITED = { ...CONTAINED, 'pids.max': '65536' };

function tasks(current: number, peak: number, max?: number): Readonly<Record<string, string>> {
  return { 'pids.current': String(current), 'pids.peak': String(peak), 'pids.max': String(max ?? 'max') };
}

function cpu(seconds: number, counted?: readonly number[]): Readonly<Record<string, string>> {
  const [periods = 0, throttled = 0, waited = 0] = counted ?? [];
  const more = `\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec ${waited * 1e6}`;
  return { 'cpu.stat': `usage_usec ${seconds * 1e6}${counted ? more : ''}` };
}

function look(at: number, cgroups: Readonly<Record<string, Readonly<Record<string, string>>>>, process: Process): Look {
  return {
    ...{ at, version: 'v2', processes: [process] },
    cgroups: Object.entries({ '/': {}, ...cgroups }).map(([path, files]) => {
      return {
        path,
        files: new Map(Object.entries({ ...IDLE, ...files })),
      };
    }),
    proc: new Map([
      ['meminfo', 'MemTotal:       536870912 kB\n'],
      ['sys/kernel/pid_max', '4194304'],
      ['sys/kernel/threads-max', '4194304'],
      ...['cpu', 'memory', 'io'].map((name) => [`pressure/${name}`, QUIET] as const),
    ]),
  };
}

// The shapes are those that the tests of the readers have.
function programs(kernelLog: readonly string[]): ProgramTexts {
  const inspected = {
    ...{ Id: CONTAINER_ID, Name: '/train', State: { Pid: 4000 }, Mounts: [] },
    Config: { Image: 'sklearn', User: '', Labels: {}, Env: [] },
    HostConfig: {
      ...{ CgroupParent: 'ds01-student-100001.slice', NanoCpus: 16e9, Memory: 32 * 2 ** 30 },
      DeviceRequests: [{ Driver: 'nvidia', Count: 1 }],
    },
  };
  const messages = kernelLog.map((MESSAGE, index) => {
    return JSON.stringify({ MESSAGE, __REALTIME_TIMESTAMP: String((NOW - 180_000 + index) * 1000) });
  });
  const gpu = 'GPU-11111111-2222-3333-4444-555555555555';
  return {
    systemctl: told('systemd 252 (252.22-1)\n'),
    containers: told(JSON.stringify([inspected])),
    dockerInfo: told(JSON.stringify({ CgroupDriver: 'systemd' })),
    dockerConfig: told('{"cgroup-parent": "ds01.slice"}'),
    gpus: told({ gpus: `0, ${gpu}, NVIDIA A100-PCIE-40GB, 0, 4, 40960\n`, processes: '' }),
    passwd: told('100001@hertie-school.lan:x:70001:70001::/home/100001:/bin/bash\n'),
    kernelLog: told(messages.join('\n')),
    clock: told('NTPSynchronized=yes\n'),
    services: NOBODY,
  };
}

const NOBODY: Told<string> = { kind: 'absent', why: 'ds01-policy.timer is not there' };
