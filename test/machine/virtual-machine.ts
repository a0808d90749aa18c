import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Image } from './image.ts';
import type { Machine, MachineRun } from './machine.ts';

const BOOT_PATIENCE = 240_000;
const RUN_PATIENCE = 120_000;
const DISK_SIZE = 256 * 2 ** 20;
const GONE = '{"exitCode":null,"stdout":"","stderr":"the machine is gone"}';

/** Which hierarchy of cgroups the kernel offers: the one of today, or that of a DS01 of February 2026. */
export type Cgroup = 'v1' | 'v2';

/** What a machine has. */
export interface Hardware {
  /** v2 unless it is said. */
  readonly cgroup?: Cgroup;
  /** CPUs of the machine, 2 unless it is said. They share those of the machine that emulates them. */
  readonly cpus?: number;
  /** An empty disk of 256 MB, `/dev/vda` as soon as the modules for it are loaded. */
  readonly disk?: boolean;
}

/** Boots an image in software emulation and waits until its agent answers. */
export async function bootMachine(image: Image, hardware: Hardware): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-machine-'));
  const socket = join(folder, 'agent.sock');
  const console = join(folder, 'console.log');
  const disk = join(folder, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_SIZE);
  const serial = ['-serial', `file:${console}`, '-serial', `unix:${socket},server=on,wait=off`];
  const drive = hardware.disk ? ['-drive', `if=virtio,format=raw,cache=unsafe,file=${disk}`] : [];
  const args = [...machineArguments(image, hardware), ...serial, ...drive];
  const emulator = execa('qemu-system-x86_64', args, { reject: false });
  const port = await connectTo(socket);
  const answers = createInterface({ input: port })[Symbol.asyncIterator]();
  const stop = async (): Promise<void> => {
    port.destroy();
    emulator.kill('SIGKILL');
    await emulator;
    rmSync(folder, { recursive: true });
  };
  try {
    await withPatience(answers.next(), BOOT_PATIENCE, 'the machine did not start');
  } catch (error) {
    const said = readFileSync(console, 'utf8').split('\n').slice(-40).join('\n');
    await stop();
    throw new Error(`${error}; its console said:\n${said}`);
  }
  let id = 0;
  return {
    home: '/opt',
    node: '/usr/local/bin/node',
    async run(file, args, input = ''): Promise<MachineRun> {
      port.write(`${JSON.stringify({ id: ++id, file, args, input, timeout: RUN_PATIENCE })}\n`);
      const { value } = await withPatience(answers.next(), RUN_PATIENCE + 10_000, `no answer from ${file}`);
      const { exitCode, stdout, stderr } = JSON.parse(value ?? GONE) as MachineRun;
      return { exitCode, stdout, stderr };
    },
    close: stop,
  };
}

function machineArguments({ kernel, initrd }: Image, { cgroup = 'v2', cpus = 2 }: Hardware): readonly string[] {
  return [
    ...['-accel', 'tcg,thread=multi', '-smp', `${cpus}`, '-m', '3000', '-display', 'none', '-nic', 'none'],
    ...['-no-reboot', '-kernel', kernel, '-initrd', initrd],
    ...['-append', `console=ttyS0 panic=-1 quiet systemd.unified_cgroup_hierarchy=${cgroup === 'v2' ? 1 : 0}`],
  ];
}

async function connectTo(path: string): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await new Promise<Socket>((done, fail) => {
        const socket = connect(path, () => done(socket)).once('error', fail);
      });
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

async function withPatience<T>(promise: Promise<T>, patience: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error(`${message} within ${patience / 1000} s`)), patience);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
