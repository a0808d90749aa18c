import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { look } from '../../scripts/host/look.ts';
import { IN_MEMORY, temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const ID = 'c0ff'.repeat(16);
const SCOPE = `ds01.slice/ds01-student.slice/docker-${ID}.scope`;

/** Folders as the kernel would show them; cgroup v2 unless `cgroups` says something else. */
function kernel(cgroups: Readonly<Record<string, string>> = {}, proc: Readonly<Record<string, string>> = {}) {
  const root = temporaryFolder(IN_MEMORY);
  const folders = { cgroups: join(root, 'cgroup'), proc: join(root, 'proc') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  writeFiles(folders.cgroups, cgroups);
  writeFiles(folders.proc, proc);
  return folders;
}

const V2 = { 'cgroup.controllers': 'cpu io memory pids\n' };

function cgroupsOf(folders: Parameters<typeof look>[0]) {
  return look(folders).cgroups.map(({ path, files }) => [path, Object.fromEntries(files)]);
}

describe('cgroups', () => {
  it('of v2 are one tree, each before those in it, with the texts that say something of limits', () => {
    const folders = kernel({
      ...V2,
      'ds01.slice/cpu.max': 'max 100000\n',
      'ds01.slice/pids.events': 'max 0\n',
      'ds01.slice/cgroup.procs': '',
      'ds01.slice/ds01-student.slice/memory.events': 'low 0\nhigh 3\n',
      'ds01.slice/ds01-student.slice/io.max': '',
      'user.slice/pids.peak': '7\n',
    });
    expect(cgroupsOf(folders)).toEqual([
      ['/', { 'cgroup.controllers': 'cpu io memory pids' }],
      ['/ds01.slice', { 'cpu.max': 'max 100000', 'pids.events': 'max 0' }],
      ['/ds01.slice/ds01-student.slice', { 'memory.events': 'low 0\nhigh 3', 'io.max': '' }],
      ['/user.slice', { 'pids.peak': '7' }],
    ]);
    expect(look(folders).version).toBe('v2');
  });

  it('of v2 have all files that the checks know', () => {
    const names = [
      ...['cgroup.controllers', 'cgroup.events', 'cgroup.subtree_control', 'cpu.max', 'cpu.pressure', 'cpu.stat'],
      ...['io.max', 'io.pressure', 'io.stat', 'memory.current', 'memory.events', 'memory.high', 'memory.max'],
      ...['memory.pressure', 'memory.stat', 'memory.swap.max', 'pids.current', 'pids.events', 'pids.max', 'pids.peak'],
    ];
    const folders = kernel(Object.fromEntries([...names, 'cpu.idle'].map((name) => [name, `${name} says\n`])));
    expect(cgroupsOf(folders)).toEqual([['/', Object.fromEntries(names.map((name) => [name, `${name} says`]))]]);
  });

  it('end at services, scopes, and containers of Docker without systemd: what is in them divides itself', () => {
    const folders = kernel({
      ...V2,
      [`${SCOPE}/init.scope/cpu.stat`]: '',
      'system.slice/ssh.service/deeper/cpu.stat': '',
      [`docker/${ID}/system.slice/cpu.stat`]: '',
      [`docker/${ID.slice(1)}/not-an-id/cpu.stat`]: '',
    });
    expect(cgroupsOf(folders).map(([path]) => path)).toEqual([
      ...['/', '/docker', `/docker/${ID.slice(1)}`, `/docker/${ID.slice(1)}/not-an-id`, `/docker/${ID}`],
      ...['/ds01.slice', '/ds01.slice/ds01-student.slice', `/${SCOPE}`],
      ...['/system.slice', '/system.slice/ssh.service'],
    ]);
  });

  it('of v1 are systemd’s tree, with the files of all controllers', () => {
    const slice = 'ds01.slice';
    const v1 = {
      cpu: ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares', 'cpu.stat'],
      cpuacct: ['cpuacct.usage'],
      memory: ['limit_in_bytes', 'usage_in_bytes', 'stat', 'failcnt', 'oom_control'].map((name) => `memory.${name}`),
      pids: ['pids.max', 'pids.current', 'pids.events', 'pids.peak'],
      blkio: ['io_service_bytes', 'io_service_bytes_recursive', 'read_bps_device', 'write_bps_device'].map(
        (name) => `blkio.throttle.${name}`,
      ),
    };
    const files = Object.entries(v1).flatMap(([controller, names]) =>
      names.map((name) => `${controller}/${slice}/${name}`),
    );
    const folders = kernel({
      ...Object.fromEntries(files.map((file) => [file, `${file}\n`])),
      [`systemd/${slice}/cgroup.procs`]: '',
      [`pids/${slice}/cgroup.procs`]: '',
      // A container that only one controller has put somewhere is where systemd says.
      'pids/elsewhere/pids.max': '5\n',
    });
    expect(cgroupsOf(folders)).toEqual([
      ['/', {}],
      ['/ds01.slice', Object.fromEntries(files.map((file) => [file.replace(/^.*[/]/, ''), file]))],
    ]);
    expect(look(folders).version).toBe('v1');
  });

  it('of a hybrid host are those of v1', () => {
    const files = { 'unified/cgroup.controllers': '\n', 'pids/a.slice/pids.max': '5\n' };
    expect(look(kernel({ ...files, 'unified/b.slice/x': '', 'systemd/a.slice/x': '' }))).toMatchObject({
      version: 'v1',
      cgroups: [{ path: '/' }, { path: '/a.slice', files: new Map([['pids.max', '5']]) }],
    });
    expect(cgroupsOf(kernel({ ...files, 'unified/a.slice/x': '' }))).toEqual([
      ['/', {}],
      ['/a.slice', { 'pids.max': '5' }],
    ]);
  });

  it('that may not be read are a failure: nobody may take them for cgroups without limits', () => {
    const folders = kernel({ ...V2, 'ds01.slice/x': '' }, { '1/x': '' });
    const broken = { ...folders, proc: join(folders.proc, 'missing') };
    expect(() => look(broken)).toThrow(HostFailure);
    expect(() => look(broken)).toThrow(/^look at .*cgroup and .*missing: ENOENT/);
    chmodSync(join(folders.cgroups, 'ds01.slice'), 0);
    expect(() => unprivileged(() => look(folders))).toThrow(/^look at .*: EACCES/);
  });

  it('that somebody was given and has closed are there, and nobody says anything of them', () => {
    const folders = kernel({
      ...V2,
      'user.slice/user@7.service/pids.max': '5\n',
      'user.slice/z.scope/pids.max': '6\n',
    });
    chmodSync(join(folders.cgroups, 'user.slice/user@7.service'), 0);
    expect(unprivileged(() => cgroupsOf(folders)).slice(1)).toEqual([
      ['/user.slice', {}],
      ['/user.slice/user@7.service', {}],
      ['/user.slice/z.scope', { 'pids.max': '6' }],
    ]);
  });

  it('that are not there at all are a failure, too', () => {
    expect(() => look(kernel())).toThrow(/^look at .*: there are no cgroups in .*unified$/);
  });
});

/** The files of a process as proc(5) has them. */
function processFiles(pid: number, { stat = '', uid = 0, cgroup = '0::/\n', mounts = '' } = {}) {
  const folder = (name: string) => `${pid}/${name}`;
  return {
    [folder('stat')]: stat || `${pid} (sh) S 1 1 1 0 -1 4194304 100 0 0 0 250 50 9999 9999 20 0 1 0 3 2500 200\n`,
    [folder('status')]: `Name:\tsh\nUmask:\t0022\nUid:\t${uid}\t0\t1\t2\nGid:\t7\t7\t7\t7\n`,
    [folder('cgroup')]: cgroup,
    [folder('mountinfo')]: mounts,
  };
}

const ROOT = '27 1 254:0 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/a';
const GIVEN = '99 24 0:6 /nvidiactl /dev/nvidiactl ro,nosuid - devtmpfs udev rw,mode=755';
const DEVICES = '24 27 0:6 / /dev rw,nosuid - tmpfs tmpfs rw,mode=755';

describe('processes', () => {
  it('have a real owner, a cgroup, and what they have used of CPUs, their children not', () => {
    const proc = {
      ...processFiles(20, { uid: 1_700_000_001, cgroup: `0::/${SCOPE}/init.scope\n` }),
      ...processFiles(3),
    };
    expect(look(kernel(V2, proc)).processes).toEqual([
      { pid: 3, uid: 0, name: 'sh', cgroup: '/', cpuSeconds: 3 },
      { pid: 20, uid: 1_700_000_001, name: 'sh', cgroup: `/${SCOPE}/init.scope`, cpuSeconds: 3 },
    ]);
  });

  it('may be called what they like', () => {
    const name = 'a) R 1 (\n\\';
    const stat = `5 (${name}) S 1 1 1 0 -1 4194304 100 0 0 0 1 2 9999 9999 20 0 1 0 3 2500 200\n`;
    expect(look(kernel(V2, processFiles(5, { stat }))).processes).toMatchObject([{ name, cpuSeconds: 0.03 }]);
  });

  it.each(['\r', '\u2028'])('cannot say whose they are by what begins a line elsewhere: %j', (begin) => {
    const files = processFiles(5, { uid: 1000, cgroup: `0::/a${begin}0::/b${begin}\n` });
    const status = files['5/status']?.replace('sh', `${begin}Uid:\t0`) ?? '';
    const [seen] = look(kernel(V2, { ...files, '5/status': status })).processes;
    expect(seen).toMatchObject({ uid: 1000, cgroup: `/a${begin}0::/b${begin}` });
    const v1 = { ...files, '5/cgroup': `9:pids:/a${begin}1:name=systemd:/b\n1:name=systemd:/c\n` };
    expect(look(kernel({ 'systemd/x': '' }, v1)).processes).toMatchObject([{ cgroup: '/c' }]);
  });

  it('are where systemd’s own hierarchy has them on v1, and where the one of v2 has them without it', () => {
    const cgroup = '12:pids:/c\n9:name=systemd:/a.slice\n1:name=other:/b\n0::/d\n';
    const proc = { ...processFiles(1, { cgroup }), ...processFiles(2, { cgroup: '5:pids:/c\n0::/d\n' }) };
    const where = (cgroups: Record<string, string>) =>
      look(kernel(cgroups, proc)).processes.map(({ cgroup: at }) => at);
    expect(where({ 'systemd/x': '' })).toEqual(['/a.slice', '/d']);
    expect(where(V2)).toEqual(['/d', '/d']);
  });

  it('that go while somebody looks are left out, and so is what is none', () => {
    const { '4/status': _status, ...noStatus } = processFiles(4);
    const { '5/cgroup': _cgroup, ...noCgroup } = processFiles(5);
    const broken = { ...processFiles(6, { stat: '6' }), ...processFiles(7, { cgroup: '5:pids:/\n' }) };
    const proc = { ...noStatus, ...noCgroup, ...broken, ...processFiles(8), 'self/stat': '', '012/stat': '' };
    expect(look(kernel(V2, { ...proc, meminfo: '' })).processes.map(({ pid }) => pid)).toEqual([8]);
  });

  it('that somebody may not look at are left out, and what may not be looked at of one is', () => {
    const files = processFiles(9, { mounts: `${ROOT}\n${DEVICES}`, cgroup: `0::/${SCOPE}\n` });
    const folders = kernel(V2, { ...processFiles(1), ...files, '9/root/dev/null': '' });
    chmodSync(join(folders.proc, '1/stat'), 0);
    chmodSync(join(folders.proc, '9/root'), 0);
    const seen = unprivileged(() => look(folders).processes);
    expect(seen).toEqual([{ pid: 9, uid: 0, name: 'sh', cgroup: `/${SCOPE}`, cpuSeconds: 3 }]);
  });

  describe('of a container', () => {
    const sees = (more: { readonly mounts?: string; readonly cgroup?: string; readonly device?: boolean }) => {
      const { mounts = `${ROOT}\n${DEVICES}\n`, cgroup = `0::/${SCOPE}\n`, device = true } = more;
      const files = processFiles(9, { mounts, cgroup });
      return look(kernel(V2, { ...files, ...(device && { '9/root/dev/nvidiactl': '' }), '9/root/dev/null': '' }))
        .processes[0];
    };

    it.each([`/${SCOPE}`, `/${SCOPE}/init.scope`, `/docker/${ID}`, `/a.slice/${ID}/x`])(
      'in %s may see a GPU',
      (cgroup) => {
        expect(sees({ cgroup: `0::${cgroup}\n` })).toMatchObject({ cgroup, seesGpu: true });
        expect(sees({ cgroup: `0::${cgroup}\n`, device: false })).toMatchObject({ cgroup, seesGpu: false });
      },
    );

    it.each([`/${SCOPE.replace(ID, ID.slice(1))}`, `/a.slice/x${ID}`, `/a.slice/${ID}0`])(
      'is not what is in %s',
      (cgroup) => {
        expect(sees({ cgroup: `0::${cgroup}\n` })).not.toHaveProperty('seesGpu');
      },
    );

    it('that was given the device by NVIDIA’s runtime sees it', () => {
      expect(sees({ mounts: `${ROOT}\n${DEVICES}\n${GIVEN}` })).toMatchObject({ seesGpu: true });
    });

    it('with a whole /dev of the machine may see one, too', () => {
      expect(sees({ mounts: `${ROOT}\n${DEVICES.replaceAll('tmpfs', 'devtmpfs')}` })).toMatchObject({ seesGpu: true });
    });

    it.each([
      ['no file system of devices', ROOT],
      ['a folder of somebody as /dev', `${ROOT}\n${DEVICES.replaceAll('tmpfs', 'ext4')}`],
      ['something over its /dev', `${ROOT}\n${DEVICES}\n${DEVICES.replaceAll('tmpfs', 'fuse.hang')}`],
      ['something over the device', `${ROOT}\n${DEVICES}\n${GIVEN.replace('devtmpfs', 'fuse.hang')}`],
      ['a file server as its root', `${ROOT.replace('- overlay', '- fuse.overlayfs')}\n${DEVICES}`],
      ['a root that is no mount', `${ROOT.replace('/ / rw', '/ /elsewhere rw')}\n${DEVICES}`],
      ['mounts that cannot be understood', 'x'],
      ['mounts without a kind', `${ROOT}\n24 27 0:6 / /dev rw,nosuid -\n`],
      ...['\u00a0', '\u3000', '\r', '\u2028'].map((blank) => {
        const over = DEVICES.replace('0:6 /', `0:9 /a${blank}b`).replaceAll('tmpfs', 'fuse.hang');
        return [`something with ${JSON.stringify(blank)} over its /dev`, `${ROOT}\n${DEVICES}\n${over}`];
      }),
      ['more mounts than anybody needs', `${ROOT}\n${DEVICES}\n${`${ROOT}\n`.repeat(16_000)}`],
    ])('with %s is not looked into: somebody may hold up whoever does', (_what, mounts) => {
      expect(sees({ mounts })).toEqual({ pid: 9, uid: 0, name: 'sh', cgroup: `/${SCOPE}`, cpuSeconds: 3 });
    });

    it('is asked by some of its programs, and not by all of them', () => {
      const pids = [1, 2, 3, 4, 5, 6];
      const mounts = `${ROOT}\n${DEVICES}`;
      const files = pids.map((pid) => processFiles(pid, { mounts, cgroup: `0::/${SCOPE}/${pid}\n` }));
      const other = processFiles(7, { mounts, cgroup: `0::/docker/${ID.replaceAll('c', 'd')}\n` });
      const { processes } = look(kernel(V2, Object.assign({ '7/root/dev/null': '' }, other, ...files)));
      expect(processes.filter((one) => 'seesGpu' in one).map(({ pid }) => pid)).toEqual([1, 2, 3, 4, 7]);
    });

    it('may have a link as a device, which nobody follows', () => {
      const folders = kernel(V2, {
        ...processFiles(9, { mounts: `${ROOT}\n${DEVICES}`, cgroup: `0::/${SCOPE}\n` }),
        '9/root/dev/null': '',
      });
      symlinkSync('/no/such/place', join(folders.proc, '9/root/dev/nvidiactl'));
      expect(look(folders).processes).toMatchObject([{ seesGpu: true }]);
    });
  });
});

it('the machine as a whole has what the kernel has of it', () => {
  const proc = {
    ...{ 'pressure/cpu': 'some avg10=0.00\n', diskstats: '8 0 sda 1\n', meminfo: 'MemTotal: 5 kB\n' },
    ...{ 'pressure/io': 'i\n', 'pressure/memory': 'm\n' },
    ...{ 'sys/kernel/pid_max': '4194304\n', 'sys/kernel/threads-max': '192000\n' },
  };
  const texts = Object.entries(proc).map(([name, text]) => [name, text.trimEnd()]);
  expect(Object.fromEntries(look(kernel(V2, { ...proc, uptime: '5 5' })).proc)).toEqual(Object.fromEntries(texts));
  expect(look(kernel(V2, { meminfo: 'MemTotal: 5 kB\n' })).proc).toEqual(new Map([['meminfo', 'MemTotal: 5 kB']]));
});

// What the kernel says of slices is told in test/machine; here is what any kernel has.
describe('this machine', () => {
  it('has this process, and time goes on', () => {
    const [before, after] = [look(), look()];
    const own = after.processes.find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ uid: process.getuid?.() });
    expect(own?.cpuSeconds).toBeGreaterThan(0);
    expect(own?.cpuSeconds).toBeLessThan(3600);
    expect(after.at).toBeGreaterThan(before.at);
    expect(after.cgroups[0]?.path).toBe('/');
    expect(after.proc.get('meminfo')).toMatch(/^MemTotal: /);
    expect(after.proc.get('diskstats') !== undefined).toBe(existsSync('/proc/diskstats'));
  });

  it('shows itself to everybody', () => {
    const { processes, cgroups } = unprivileged(() => look());
    expect(processes.map(({ pid }) => pid)).toContain(process.pid);
    expect(cgroups).not.toEqual([]);
  });
});
