import { expect } from 'vitest';
import { Host } from './host.ts';
import { DISK_MODULES, type Edition } from './image.ts';
import type { Hardware } from './virtual-machine.ts';

/** The disk of a machine that has one. */
export const DISK = '/dev/vda';

/** One reason for slow work, as `doctor --format json` says it. */
export interface Cause {
  readonly check: string;
  readonly weight: number;
  readonly subject: string;
  readonly message: string;
  readonly evidence: readonly { readonly source: string; readonly figure: string }[];
  readonly limit?: {
    readonly key: string;
    readonly value: string;
    readonly origin: string;
    readonly place?: { readonly file: string; readonly line: number };
  };
  readonly wayOut: string;
}

/** What `doctor --format json` says, as far as the stories ask. */
export interface Diagnosed {
  /** Seconds between the two looks. */
  readonly window: number;
  readonly causes: readonly Cause[];
  readonly checks: readonly {
    readonly id: string;
    readonly status: 'ok' | 'finding' | 'cannot-tell';
    readonly notes: readonly string[];
    readonly unknown: readonly { readonly why: string; readonly wayOut?: string }[];
  }[];
}

/** How somebody asks: under which policy, for how many seconds, as whom, and with what set. */
interface Manner {
  readonly policy?: string;
  readonly watch?: number;
  readonly as?: 'root' | 'nobody';
  readonly env?: Readonly<Record<string, string>>;
}

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Who the machine knows: the accounts of the policy of the suite, one person with two logins, and a student. */
const PASSWD = ['204214', 's.kaiser', 'datasciencelab', '100001']
  .map(
    (account, index) =>
      `${account}@hertie-school.lan:x:${index < 2 ? 70_000 : 70_000 + index}:65534:ds01-policy-test::`,
  )
  .join('\n');

/** A host on which people work, and somebody asks why that is slow. */
export class ExaminedHost extends Host {
  /** A host that knows the accounts of its policy and the time, as a server does. */
  static override async start(hardware: Hardware = {}, edition: Edition = 'bookworm'): Promise<ExaminedHost> {
    const { machine } = await Host.start(hardware, edition);
    const host = new ExaminedHost(machine);
    await host.run(`${machine.home}/set-clock`);
    await host.shell(`printf '%s\\n' '${PASSWD}' >> /etc/passwd`);
    return host;
  }

  /** Loads the parts of the kernel that know the disk. */
  async loadDisk(): Promise<void> {
    for (const module of DISK_MODULES) await this.run('insmod', module);
    await this.shell(`for i in $(seq 100); do [ -b ${DISK} ] && exit 0; sleep 0.1; done; exit 1`);
  }

  /** Asks why the work of an account, of a container, or of everybody is slow; looks for three seconds. */
  async doctor(whose: string, manner: Manner = {}): Promise<Diagnosed> {
    const { exitCode, stdout, stderr } = await this.ask(`doctor ${whose} --format json`, { watch: 3, ...manner });
    expect({ exitCode, stderr }).toEqual({
      exitCode: expect.toBeOneOf([0, 2]),
      stderr: expect.not.stringContaining('error'),
    });
    const said: Diagnosed = JSON.parse(stdout);
    expect(exitCode).toBe(said.causes.length === 0 ? 0 : 2);
    return said;
  }

  /** Runs the program for somebody who may not be root. */
  async ask(line: string, { policy = 'policy', watch, as = 'root', env = {} }: Manner = {}) {
    const { home, node } = this.machine;
    const words = watch === undefined ? line : `${line} --watch ${watch}`;
    const settings = Object.entries({ NO_COLOR: '1', ...env }).map(([name, value]) => `${name}=${value}`);
    const program = [
      node,
      `${home}/ds01-policy.mjs`,
      ...words.split(' ').filter(Boolean),
      '--policy',
      `${home}/${policy}`,
    ];
    const [file = 'env', ...args] = [...(as === 'nobody' ? NOBODY : []), 'env', ...settings, ...program];
    return await this.machine.run(file, args);
  }

  /** Starts a program in a slice, and lets it run. */
  async begin(unit: string, slice: string, ...program: readonly string[]): Promise<void> {
    await this.run('systemd-run', '--quiet', `--slice=${slice}`, `--unit=work-${unit}`, '--collect', ...program);
  }

  /** Starts the scope that Docker's systemd driver makes of a container; `words` are its limits and its program. */
  async beginContainer(id: string, slice: string, ...words: readonly string[]): Promise<void> {
    const scope = ['systemd-run', '--quiet', '--scope', `--slice=${slice}`, `--unit=docker-${id}.scope`];
    // In the background, as Docker's own processes are.
    await this.begin('docker', 'system.slice', ...scope, ...words);
    await this.shell(
      `for i in $(seq 100); do systemctl is-active docker-${id}.scope && exit 0; sleep 0.1; done; exit 1`,
    );
  }

  /** Puts programs of these names before the real ones, each a shell script; gives the PATH on which they are found. */
  async programs(name: string, bodies: Readonly<Record<string, string>>): Promise<string> {
    const folder = `${this.machine.home}/${name}`;
    for (const [program, body] of Object.entries(bodies))
      await this.write(`${folder}/${program}`, `#!/bin/sh\n${body}\n`);
    await this.shell(`chmod 755 ${folder}/*`);
    return `${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  }

  /** Ends all that was begun, and the slices with it: what they have counted is gone. */
  async endWork(): Promise<void> {
    await this.shell(
      `systemctl stop 'work-*' 'memory-*' 'docker-*.scope' ds01.slice; systemctl reset-failed 'work-*'; true`,
    );
  }
}
