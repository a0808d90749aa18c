import { expect, inject } from 'vitest';
import { type Edition, makeImage } from './image.ts';
import type { Machine, MachineRun } from './machine.ts';
import { thisMachine } from './this-machine.ts';
import { bootMachine, type Hardware } from './virtual-machine.ts';

/** Where units are. */
export const UNITS = '/etc/systemd/system';

const STATE = '/var/lib/ds01-policy';

/** A host under policy, with the words in which the suite tells its story. */
export class Host {
  readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** A host that has no policy yet; on a machine that is not made anew, all traces of an earlier story are removed. */
  static async start(hardware: Hardware = {}, edition: Edition = 'bookworm'): Promise<Host> {
    const ground = inject('ground');
    if (ground.kind === 'image') {
      const image = edition === 'bookworm' ? ground : await makeImage(ground.program, edition);
      return new Host(await bootMachine(image, hardware));
    }
    const host = new Host(thisMachine(ground.home));
    await host.clear();
    return host;
  }

  async stop(): Promise<void> {
    if (inject('ground').kind === 'this machine') await this.clear();
    await this.machine.close();
  }

  /** Runs a program that has to work. */
  async run(file: string, ...args: readonly string[]): Promise<MachineRun> {
    const result = await this.machine.run(file, args);
    expect(result, `${file} ${args.join(' ')}: ${result.stderr}`).toMatchObject({ exitCode: 0 });
    return result;
  }

  /** Runs a line of shell that has to work; gives what it printed. */
  async shell(line: string): Promise<string> {
    return (await this.run('sh', '-c', line)).stdout.trim();
  }

  /** Runs the program with words split at spaces; `policy` is the name of a folder beside the program. */
  async ds01(line: string, policy = 'policy', env: Readonly<Record<string, string>> = {}): Promise<MachineRun> {
    const { home, node } = this.machine;
    const settings = Object.entries({ NO_COLOR: '1', ...env }).map(([name, value]) => `${name}=${value}`);
    const args = [...settings, node, `${home}/ds01-policy.mjs`, ...line.split(' '), '--policy', `${home}/${policy}`];
    return await this.machine.run('env', args);
  }

  /** Applies a policy, which has to work; gives what was printed. */
  async apply(policy = 'policy', options = ''): Promise<string> {
    const result = await this.ds01(`apply ${options}`.trim(), policy);
    expect(result, `apply of ${policy}: ${result.stderr}`).toMatchObject({ exitCode: 0 });
    return result.stdout;
  }

  /** Makes a policy of its own: the one of the suite with some files replaced (a text) or removed (nothing). */
  async policy(name: string, texts: Readonly<Record<string, string | undefined>>): Promise<void> {
    const { home } = this.machine;
    await this.shell(`rm -rf ${home}/${name} && cp -r ${home}/policy ${home}/${name}`);
    for (const [path, text] of Object.entries(texts)) {
      if (text === undefined) await this.run('rm', `${home}/${name}/${path}`);
      else await this.write(`${home}/${name}/${path}`, text);
    }
  }

  async write(path: string, text: string): Promise<void> {
    await this.run('mkdir', '-p', path.replace(/\/[^/]*$/, ''));
    expect(await this.machine.run('tee', [path], text)).toMatchObject({ exitCode: 0 });
  }

  async read(path: string): Promise<string> {
    return (await this.run('cat', path)).stdout;
  }

  /** A value of the kernel for a slice, as in `ds01-student-a.slice`. */
  async kernel(slice: string, file: string): Promise<string> {
    return (await this.read(`/sys/fs/cgroup/${cgroupOf(slice)}/${file}`)).trim();
  }

  /** Keeps a slice running with a process in it that does nothing; gives the name of its service. */
  async hold(slice: string): Promise<string> {
    const unit = `hold-${slice.replace('.slice', '')}.service`;
    await this.run('systemd-run', '--quiet', `--slice=${slice}`, `--unit=${unit}`, '--collect', 'sleep', 'infinity');
    return unit;
  }

  /**
   * Starts a service in a slice that holds so many megabytes of memory, and waits until it does. On SIGUSR2 it takes as
   * much again, and writes `grown` beside the program.
   */
  async holdMemory(slice: string, megabytes: number): Promise<string> {
    const unit = `memory-${slice.replace('.slice', '')}.service`;
    const ready = `${this.machine.home}/ready`;
    const take = (file: string) => `Buffer.alloc(${megabytes} * 1e6, 1), require('fs').writeFileSync('${file}', '')`;
    const grow = `process.on('SIGUSR2', () => { globalThis.more = [${take(`${this.machine.home}/grown`)}]; });`;
    const code = `globalThis.held = [${take(ready)}]; ${grow} setInterval(() => {}, 1e6);`;
    await this.run('rm', '-f', ready, `${this.machine.home}/grown`);
    const { node } = this.machine;
    await this.run('systemd-run', '--quiet', `--slice=${slice}`, `--unit=${unit}`, '--collect', node, '-e', code);
    await this.shell(`for i in $(seq 600); do [ -e ${ready} ] && exit 0; sleep 0.1; done; exit 1`);
    return unit;
  }

  /** A program that starts so many threads at once, in a slice. */
  async threads(slice: string, number: number): Promise<MachineRun> {
    const args = [`--slice=${slice}`, '--scope', '--quiet', 'env', `OMP_NUM_THREADS=${number}`];
    return await this.machine.run('systemd-run', [...args, `${this.machine.home}/threads`]);
  }

  /** Everything that a write would change: inode, times, mode and size of all files of systemd's folders and the state. */
  async files(): Promise<string> {
    const folders = `${UNITS} /etc/systemd/system.control /run/systemd/system.control ${STATE}`;
    return await this.shell(`find ${folders} -printf '%p %i %m %s %T@ %C@\\n' 2>/dev/null | sort`);
  }

  /** What the site's files hold, as a checksum for each path. */
  async contents(): Promise<ReadonlyMap<string, string>> {
    const found = await this.shell(
      `cd ${UNITS} && find . -type f -path './ds01*' ! -name '*ds01-policy-tmp' -exec sha256sum {} + | sort -k 2`,
    );
    const lines = found.split('\n').filter((line) => line !== '');
    return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  }

  /** The records of the history, oldest first. */
  async history(): Promise<
    readonly { readonly result: string; readonly failure?: string; readonly backup?: string }[]
  > {
    const text = await this.shell(`cat ${STATE}/history.jsonl`);
    return text.split('\n').map((line) => JSON.parse(line));
  }

  /** Puts programs of this name before the real ones that write down how they were called; `body` is what they do. */
  async spy(program: string, body: string): Promise<{ readonly path: string; calls(): Promise<readonly string[]> }> {
    const folder = `${this.machine.home}/spy`;
    await this.run('rm', '-rf', folder);
    const real = await this.shell(`command -v ${program}`);
    await this.write(
      `${folder}/${program}`,
      `#!/bin/sh\necho "$@" >> ${folder}/calls\n${body.replaceAll('REAL', real)}\n`,
    );
    await this.shell(`chmod 755 ${folder}/${program}; : > ${folder}/calls`);
    return {
      path: `${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      calls: async () => (await this.shell(`cat ${folder}/calls`)).split('\n').filter((line) => line !== ''),
    };
  }

  /** Takes away everything that a story leaves on a machine. */
  async clear(): Promise<void> {
    const units = `'hold-*' 'memory-*' 'work-*'`;
    const folders = `${UNITS} /etc/systemd/system.control /run/systemd/system.control /run/systemd/system`;
    await this.shell(
      `systemctl stop ${units}; systemctl stop ds01.slice; sed -i /:ds01-policy-test:/d /etc/passwd; find ${folders} -maxdepth 1 -name 'ds01*' -exec rm -rf {} +; rm -rf ${STATE}; systemctl daemon-reload; true`,
    );
  }
}

/** The folder of a slice below a hierarchy of cgroups: systemd.slice(5). */
export function cgroupOf(slice: string): string {
  const parts = slice.replace('.slice', '').split('-');
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('-')}.slice`).join('/');
}

/** A member file of the suite. */
export function memberText(account: string, group: string, more = ''): string {
  return `accounts: [${account}@hertie-school.lan]\ngroup: ${group}\nreason: a reason\ngranted: 2025-12-05\nexpires: never\n${more}`;
}

/** A file of the group student; `more` stands below `limits:`. */
export function studentText(perGroup: string, more = ''): string {
  return `description: Students\nlimits:\n  per_group: { ${perGroup} }\n${more}`;
}
