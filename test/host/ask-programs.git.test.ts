import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { askContainers, askDockerInfo, readDockerConfig } from '../../scripts/host/ask-docker.ts';
import { askKernelLog } from '../../scripts/host/ask-kernel-log.ts';
import { askGpus } from '../../scripts/host/ask-nvidia.ts';
import { askPasswd } from '../../scripts/host/ask-passwd.ts';
import { patience } from '../../scripts/host/ask-program.ts';
import { askPrograms } from '../../scripts/host/ask-programs.ts';
import { otherPrograms } from '../support/other-programs.ts';
import { temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const [ONE, TWO] = ['1a'.repeat(32), '2b'.repeat(32)];

describe('Docker', () => {
  it('is asked for what runs, and then for all about that', async () => {
    const log = otherPrograms({
      docker: `echo "$@" >> LOG; case $1 in ps) printf '%s\\n' ${ONE} ${TWO};; *) echo '[{}, {}]';; esac`,
    });
    expect(await askContainers(patience(10))).toEqual({ kind: 'told', value: '[{}, {}]\n' });
    expect(readFileSync(log, 'utf8')).toBe(`ps --no-trunc --quiet\ninspect --type container ${ONE} ${TWO}\n`);
  });

  it('is not asked about nothing', async () => {
    const log = otherPrograms({ docker: 'echo "$@" >> LOG' });
    expect(await askContainers(patience(10))).toEqual({ kind: 'told', value: '[]' });
    expect(readFileSync(log, 'utf8')).toBe('ps --no-trunc --quiet\n');
  });

  it.each([
    ['Error response from daemon: No such container: x', 'Error: No such object: y'],
    ['error: no such object: x', ''],
  ])('answers for the others when one has ended since: %s', async (...words) => {
    const says = words.map((line) => `echo "${line}" >&2`).join('; ');
    otherPrograms({ docker: `if [ $1 = ps ]; then echo ${ONE}; else echo '[]'; ${says}; exit 1; fi` });
    expect(await askContainers(patience(10))).toEqual({ kind: 'told', value: '[]\n' });
  });

  it.each([
    ['Error: No such container: x\nsomething broke', 'Error: No such container: x'],
    ['something broke', 'something broke'],
    ['', '['],
  ])('is silent when anything else goes wrong: %s', async (words, why) => {
    otherPrograms({ docker: `if [ $1 = ps ]; then echo ${ONE}; else echo '['; printf '${words}' >&2; exit 1; fi` });
    expect(await askContainers(patience(10))).toEqual({ kind: 'silent', why: `docker inspect exits 1: ${why}` });
  });

  it.each([`--help`, ONE.slice(1), `${ONE}0`, ONE.toUpperCase(), ` ${ONE}`])(
    'is not asked about %j, which is no id',
    async (id) => {
      const log = otherPrograms({ docker: `echo "$@" >> LOG; echo ${ONE}; echo '${id}'` });
      expect(await askContainers(patience(10))).toEqual({
        kind: 'silent',
        why: `docker ps prints '${id}', which is no id of a container`,
      });
      expect(readFileSync(log, 'utf8')).toBe('ps --no-trunc --quiet\n');
    },
  );

  it('is silent in its own words when it does not run, and in ours when it takes too long with both together', async () => {
    otherPrograms({ docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' });
    const why = 'docker ps exits 1: Cannot connect to the Docker daemon';
    expect(await askContainers(patience(10))).toEqual({ kind: 'silent', why });
    otherPrograms({ docker: `sleep 0.4; echo ${ONE}` });
    expect(await askContainers(patience(0.6))).toEqual({
      kind: 'silent',
      why: 'docker did not answer within 0.6 s',
    });
  });

  it('says how it is set up', async () => {
    const log = otherPrograms({ docker: `echo "$@" >> LOG; echo '{"CgroupDriver":"systemd"}'` });
    expect(await askDockerInfo(patience(10))).toEqual({ kind: 'told', value: '{"CgroupDriver":"systemd"}\n' });
    expect(readFileSync(log, 'utf8')).toBe('info --format {{json .}}\n');
  });
});

describe('the configuration of dockerd', () => {
  it('is a file, may be behind a link, and is not a folder, a pipe or large', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { real: '{}', large: new Uint8Array(1024 * 1024 + 1), most: ' '.repeat(1024 * 1024) });
    mkdirSync(`${folder}/folder`);
    symlinkSync('real', `${folder}/link`);
    await execa('mkfifo', [`${folder}/pipe`]);
    for (const name of ['real', 'link']) {
      expect(readDockerConfig(`${folder}/${name}`)).toEqual({ kind: 'told', value: '{}' });
    }
    expect(readDockerConfig(`${folder}/most`).kind).toBe('told');
    for (const [name, what] of [
      ['folder', 'is not a file'],
      ['pipe', 'is not a file'],
      ['large', 'is larger than 1 MiB'],
    ]) {
      expect(readDockerConfig(`${folder}/${name}`)).toEqual({ kind: 'silent', why: `${folder}/${name} ${what}` });
    }
  });

  it('may be missing, or for others only', async () => {
    const folder = temporaryFolder();
    expect(readDockerConfig(`${folder}/x`)).toEqual({ kind: 'absent', why: `${folder}/x is not there` });
    writeFiles(folder, { closed: '{}' });
    await execa('chmod', ['0', `${folder}/closed`]);
    expect(unprivileged(() => readDockerConfig(`${folder}/closed`))).toEqual({
      kind: 'silent',
      why: `${folder}/closed cannot be read: EACCES: permission denied, open '${folder}/closed'`,
      wayOut: 'root sees it',
    });
    expect(readDockerConfig(`${folder}/closed/x`)).toMatchObject({
      kind: 'silent',
      why: expect.stringMatching(/cannot be read: ENOTDIR/),
    });
  });
});

describe('NVIDIA’s driver', () => {
  it('is asked for its GPUs and for the programs on them', async () => {
    const log = otherPrograms({
      'nvidia-smi': 'echo "$@" >> LOG; case $1 in --query-gpu=*) echo gpus;; *) echo programs;; esac',
    });
    expect(await askGpus(patience(10))).toEqual({
      kind: 'told',
      value: { gpus: 'gpus\n', processes: 'programs\n' },
    });
    expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual([
      '--query-compute-apps=gpu_uuid,pid,used_memory --format=csv,noheader,nounits',
      '--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total --format=csv,noheader,nounits',
    ]);
  });

  it.each(['--query-gpu', '--query-compute-apps'])('is silent if it does not answer %s', async (query) => {
    otherPrograms({ 'nvidia-smi': `case $1 in ${query}=*) echo "NVIDIA-SMI has failed"; exit 9;; esac` });
    expect(await askGpus(patience(10))).toEqual({ kind: 'silent', why: 'nvidia-smi exits 9: NVIDIA-SMI has failed' });
  });
});

describe('who the machine knows', () => {
  it('is asked for once, by name and by number, each once', async () => {
    const log = otherPrograms({ getent: 'echo "$@" >> LOG; echo "root:x:0:0::/:"; exit 2' });
    expect(await askPasswd(['b@example.org', 'a@example.org', 'b@example.org'], [0, 1000, 0], patience(10))).toEqual({
      kind: 'told',
      value: 'root:x:0:0::/:\n',
    });
    expect(readFileSync(log, 'utf8')).toBe('passwd -- b@example.org a@example.org 0 1000\n');
  });

  it('is not asked about nobody', async () => {
    const log = otherPrograms({ getent: 'echo "$@" >> LOG' });
    expect(await askPasswd([], [], patience(10))).toEqual({ kind: 'told', value: '' });
    expect(existsSync(log)).toBe(false);
  });

  it('may be very many', async () => {
    const log = otherPrograms({ getent: 'echo "$#" >> LOG; echo "$3"' });
    const accounts = Array.from({ length: 2001 }, (_, index) => `a${index}`);
    expect(await askPasswd(accounts, [], patience(10))).toEqual({ kind: 'told', value: 'a0\na1000\na2000\n' });
    expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual(['1002', '1002', '3']);
  });

  it('is silent if one part is', async () => {
    otherPrograms({ getent: 'if [ "$3" = a1000 ]; then echo "No such database" >&2; exit 1; fi; echo "$3"' });
    const accounts = Array.from({ length: 1001 }, (_, index) => `a${index}`);
    expect(await askPasswd(accounts, [], patience(10))).toEqual({
      kind: 'silent',
      why: 'getent passwd exits 1: No such database',
    });
  });

  it('is what this machine says', async () => {
    expect(await askPasswd(['no-such-account@example.org'], [0], patience(10))).toMatchObject({
      kind: 'told',
      value: expect.stringMatching(/^root:[^:]*:0:0:/),
    });
  });
});

describe('the log of the kernel', () => {
  const HINT = 'Hint: You are currently not seeing messages from other users and the system.';
  const WAY = { wayOut: 'root or the group systemd-journal sees it' };

  it('is asked for what counts', async () => {
    const log = otherPrograms({ journalctl: `echo "$@" >> LOG; echo '{}'; echo something >&2` });
    expect(await askKernelLog(false, patience(10))).toEqual({ kind: 'told', value: '{}\n' });
    expect(readFileSync(log, 'utf8')).toBe(
      '--dmesg --boot --output=json --output-fields=MESSAGE,__REALTIME_TIMESTAMP --no-pager --lines=5000\n',
    );
  });

  it.each([
    ['nothing, to somebody', 'exit 0', false, 'the journal shows no message of the kernel', WAY],
    ['nothing, to root', 'exit 0', true, 'the journal shows no message of the kernel', {}],
    ['a part', `echo '{}'; echo "${HINT}" >&2`, false, 'the journal shows no message of the kernel', WAY],
    [
      'that it may not',
      'echo "No journal files were opened due to insufficient permissions." >&2; exit 1',
      false,
      'journalctl exits 1: No journal files were opened due to insufficient permissions.',
      WAY,
    ],
    [
      'a failure',
      'echo "Data from the specified boot is not available" >&2; exit 1',
      true,
      'journalctl exits 1: Data from the specified boot is not available',
      {},
    ],
  ])('that shows %s is silent', async (_what, journalctl, asRoot, why, way) => {
    otherPrograms({ journalctl });
    expect(await askKernelLog(asRoot, patience(10))).toEqual({ kind: 'silent', why, ...way });
  });
});

it('all of them are asked, each for its own', async () => {
  const log = otherPrograms({
    docker: 'if [ $1 = info ]; then echo info; fi',
    getent: 'echo people',
    journalctl: 'echo log',
    'nvidia-smi': 'echo gpus',
    systemctl: 'echo "systemctl $@" >> LOG; if [ $1 = --version ]; then echo systemd 252; else echo units; fi',
    timedatectl: 'echo "timedatectl $@" >> LOG; echo time',
  });
  const asked = await askPrograms({ accounts: ['a@example.org'], uids: [0], asRoot: true });
  expect(asked).toEqual({
    systemctl: { kind: 'told', value: 'systemd 252\n' },
    containers: { kind: 'told', value: '[]' },
    dockerInfo: { kind: 'told', value: 'info\n' },
    dockerConfig: readDockerConfig(),
    gpus: { kind: 'told', value: { gpus: 'gpus\n', processes: 'gpus\n' } },
    passwd: { kind: 'told', value: 'people\n' },
    kernelLog: { kind: 'told', value: 'log\n' },
    clock: { kind: 'told', value: 'time\n' },
    services: { kind: 'told', value: 'units\n' },
  });
  const services = 'ds01-policy.timer ds01-policy-apply.service ds01-policy-fetch.service';
  expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual([
    'systemctl --version',
    `systemctl show --no-pager --property=Id,LoadState,ActiveState,Result -- ${services}`,
    'timedatectl show --property=NTPSynchronized',
  ]);
});
