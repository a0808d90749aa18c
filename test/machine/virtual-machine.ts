import { readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { Image } from './image.ts';
import type { Machine, MachineRun } from './machine.ts';

const BOOT_PATIENCE = 240_000;
const RUN_PATIENCE = 120_000;
const GONE = '{"exitCode":null,"stdout":"","stderr":"the machine is gone"}';

/** Which hierarchy of cgroups the kernel offers: the one of today, or that of a DS01 of February 2026. */
export type Cgroup = 'v1' | 'v2';

/** Boots an image in software emulation and waits until its agent answers. */
export async function bootMachine(image: Image, cgroup: Cgroup = 'v2'): Promise<Machine> {
  const socket = join(tmpdir(), `ds01-policy-machine-${process.pid}.sock`);
  const console = join(tmpdir(), `ds01-policy-machine-${process.pid}.log`);
  const emulator = execa('qemu-system-x86_64', qemuArguments(image, cgroup, socket, console), { reject: false });
  const port = await connectTo(socket);
  const answers = createInterface({ input: port })[Symbol.asyncIterator]();
  const stop = async (): Promise<void> => {
    port.destroy();
    emulator.kill('SIGKILL');
    await emulator;
    rmSync(socket, { force: true });
    rmSync(console, { force: true });
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

function qemuArguments({ kernel, initrd }: Image, cgroup: Cgroup, socket: string, console: string): readonly string[] {
  return [
    ...['-accel', 'tcg,thread=multi', '-smp', '2', '-m', '3000', '-display', 'none', '-nic', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd],
    ...['-append', `console=ttyS0 panic=-1 quiet systemd.unified_cgroup_hierarchy=${cgroup === 'v2' ? 1 : 0}`],
    ...['-serial', `file:${console}`, '-serial', `unix:${socket},server=on,wait=off`],
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
