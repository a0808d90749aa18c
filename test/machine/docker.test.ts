import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Diagnosed, ExaminedHost } from './examined-host.ts';

// Real containers of a real Docker, with the names and limits that people give them. In software emulation each question to
// Docker takes so long that this story needs a machine that does nothing else: who wants it asks for it.
const here = inject('ground').kind === 'image' && process.env.DS01_POLICY_TEST_DOCKER === 'yes';
if (!here)
  console.warn(
    'real Docker is not tested: DS01_POLICY_TEST_DOCKER=yes npm run test:host -- test/machine/docker.test.ts',
  );

let host: ExaminedHost;

const MEMBER = 'ds01-student-100001.slice';
const UID = 70_003;
const BURN = "'while :; do :; done'";

beforeAll(async () => {
  if (!here) return;
  host = await ExaminedHost.start({}, 'docker');
  // What Docker needs on a machine whose disk is memory, and that has no network.
  const options =
    '--iptables=false --ip6tables=false --bridge=none --storage-driver=vfs --exec-opt native.cgroupdriver=systemd';
  const environment = '--setenv=DOCKER_RAMDISK=1 --property=Delegate=yes';
  await host.shell(`systemd-run --quiet --unit=work-dockerd ${environment} dockerd ${options}`);
  await host.shell('for i in $(seq 100); do docker info >/dev/null 2>&1 && exit 0; sleep 0.5; done; exit 1');
  await host.shell(
    'mkdir -p /image/bin && cp /bin/busybox /image/bin/sh && tar -C /image -c . | docker import - shell',
  );
  await host.policy('shared', {
    'groups/student.yaml':
      'description: Students\nlimits:\n  per_group: { cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536 }\n  per_container: { cpus: 16, memory: 1G, pids_limit: 4096 }\n',
  });
  await host.apply('shared');
  shared.env.PATH = await host.programs('quick', { docker: QUICK_CLIENT });
});

afterAll(async () => {
  await host?.stop();
});

describe.skipIf(!here)('real containers', () => {
  it('are called by their names, and what holds one up is its own option', async () => {
    await host.shell(start('train', `--cgroup-parent ${MEMBER} --cpus 0.6 --memory 200m --pids-limit 64`));
    const { causes } = await patiently('train');
    expect(causes[0]).toMatchObject({
      check: 'cpu-throttling',
      limit: { key: 'CPUQuota', value: '60%', place: { file: 'groups/student.yaml' } },
      wayOut: expect.stringMatching(/--cpus/),
    });
    expect(causes[0]?.message).toContain('train');
    const smaller = causes.filter(({ check }) => check === 'container-limits').map(({ message }) => message);
    // What is reached is told of once.
    expect(smaller.join('\n')).not.toMatch(/--cpus/);
    expect(smaller.join('\n')).toMatch(/--memory/);
    expect(smaller.join('\n')).toMatch(/--pids-limit/);
    expect((await host.ask('top --once', { policy: 'shared', env: shared.env })).stdout).toContain('train');
    expect((await host.ask('explain 100001 --live', { policy: 'shared' })).stdout).toMatch(
      /docker-[0-9a-f]{12}[.]scope \(this container\)\n +CPUQuota +1600% +60% +60% +0[.]\d cores +differs; /,
    );
  });

  it('outside of every slice of the site are found, with whose they are, and what they use', async () => {
    await host.shell(start('by-hand', `--user ${UID}`));
    const said = await patiently('');
    const outside = said.causes.find(({ check }) => check === 'wrong-slice');
    expect(outside?.message).toContain('by-hand');
    expect(outside?.message).toContain('100001@hertie-school.lan');
    await host.shell('docker rm --force by-hand');
  });

  it('are found also while Docker hangs, which is said', async () => {
    await host.run('systemctl', 'kill', '--signal=STOP', 'work-dockerd');
    const { causes, checks } = await host.doctor('100001', shared);
    expect(causes[0]?.check).toBe('cpu-throttling');
    expect(JSON.stringify(checks)).toContain('docker did not answer within 3 s');
    await host.run('systemctl', 'kill', '--signal=CONT', 'work-dockerd');
  });

  it('that are gone leave nothing that holds work up', async () => {
    await host.shell('docker rm --force train');
    const { causes } = await host.doctor('100001', shared);
    expect(causes.filter(({ weight }) => weight >= 30)).toEqual([]);
  });
});

// On a busy machine, emulation is so slow that even this takes longer than anybody is kept waiting: then there is nothing to
// see yet.
async function patiently(whose: string): Promise<Diagnosed> {
  for (let attempt = 1; ; attempt++) {
    const said = await host.ask(`doctor ${whose} --format json`, shared);
    const late = /(docker|getent) did not answer within 3 s/.test(`${said.stdout}${said.stderr}`);
    if (!late && said.exitCode !== null && said.exitCode <= 2) return JSON.parse(said.stdout);
    if (!late || attempt === 10) throw new Error(`${said.exitCode}: ${said.stderr}${said.stdout}`);
  }
}

const shared = { policy: 'shared', watch: 2, env: { PATH: '' } };

/**
 * Asks the real daemon the same as Docker's own client, which takes two seconds for each question in emulation, and doctor
 * waits for three in all. What it prints is what the client prints: the daemon's own words.
 */
const QUICK_CLIENT = `
socket=/run/docker.sock
[ -w $socket ] || { echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1; }
ask() { curl --silent --show-error --fail --unix-socket $socket "http://docker/$1"; }
ids() { ask containers/json | grep -o '"Id":"[0-9a-f]*"' | cut -d '"' -f 4; }
case "$*" in
  ps*--quiet*) ids ;;
  ps*) for id in $(ids); do echo "$id $(ask containers/$id/json | grep -o '"Name":"/[^"]*"' | head -n 1 | cut -d / -f 2 | tr -d '"')"; done ;;
  inspect*) shift 3; printf '['; comma=; for id; do printf "$comma"; ask containers/$id/json; comma=,; done; printf ']' ;;
  info*) ask info ;;
  *) exit 99 ;;
esac`;

// AppArmor is in the kernel, and not in the machine.
function start(name: string, options: string): string {
  const always = '--detach --network none --security-opt apparmor=unconfined';
  return `docker run ${always} --name ${name} ${options} shell sh -c ${BURN}`;
}
