import { describe, expect, it } from 'vitest';
import type { Facts } from '../../scripts/diagnosis/facts.ts';
import { readFacts } from '../../scripts/diagnosis/read-facts.ts';
import type { ProgramTexts } from '../../scripts/diagnosis/sighting.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';

const ABSENT = { kind: 'absent', why: 'not asked' } as const;
const NOBODY: ProgramTexts = {
  ...{ systemctl: ABSENT, containers: ABSENT, dockerInfo: ABSENT, dockerConfig: ABSENT, gpus: ABSENT },
  ...{ passwd: ABSENT, kernelLog: ABSENT, clock: ABSENT, services: ABSENT },
};

function told<T>(value: T): Told<T> {
  return { kind: 'told', value };
}

/** What becomes of what one program printed. */
function understood<K extends keyof Facts>(fact: K, texts: Partial<ProgramTexts>): Facts[K] {
  return readFacts({ ...NOBODY, ...texts })[fact];
}

function silent(why: string) {
  return { kind: 'silent', why };
}

it('what was not told is not known either, for the reason that was given', () => {
  expect(Object.entries(readFacts(NOBODY))).toEqual(
    ['systemd', 'containers', 'docker', 'gpus', 'people', 'kernelLog', 'clockSynchronized', 'services'].map((fact) => [
      fact,
      ABSENT,
    ]),
  );
  const late = { kind: 'silent', why: 'late', wayOut: 'wait' } as const;
  expect(understood('people', { passwd: late })).toEqual(late);
});

describe('the version of systemd', () => {
  it.each([
    ['systemd 252 (252.38-1~deb12u1)\n+PAM +AUDIT\n', 252],
    ['systemd 245 (245.4-4ubuntu3.24)\n+PAM', 245],
    ['systemd 257', 257],
    ['systemd 258~rc1 (258~rc1)', 258],
  ])('%j is %d', (text, version) => {
    expect(understood('systemd', { systemctl: told(text) })).toEqual(told(version));
  });

  it.each([
    ['systemd', "what cannot be understood, beginning with 'systemd'"],
    ['upstart 252\nsystemd 252', "what cannot be understood, beginning with 'upstart 252'"],
    ['systemd 252x', "what cannot be understood, beginning with 'systemd 252x'"],
    [`${'x'.repeat(60)}y`, `what cannot be understood, beginning with '${'x'.repeat(60)}'`],
    [' \n', 'nothing'],
  ])('%j is none', (text, why) => {
    expect(understood('systemd', { systemctl: told(text) })).toEqual(silent(`systemctl --version prints ${why}`));
  });
});

describe('the clock', () => {
  it.each([
    ['NTPSynchronized=yes\n', true],
    ['Timezone=Etc/UTC\nNTPSynchronized=no\n', false],
  ])('%j: %s', (text, synchronized) => {
    expect(understood('clockSynchronized', { clock: told(text) })).toEqual(told(synchronized));
  });

  it('is not known from any other words', () => {
    expect(understood('clockSynchronized', { clock: told('NTPSynchronized=maybe') })).toEqual(
      silent("timedatectl show prints what cannot be understood, beginning with 'NTPSynchronized=maybe'"),
    );
  });
});

describe('services', () => {
  const TIMER = 'Id=ds01-policy.timer\nLoadState=loaded\nActiveState=active\nResult=success\n';
  const FETCH = 'Result=exit-code\nId=ds01-policy-fetch.service\nLoadState=loaded\nActiveState=failed\n';

  it('have a state each, in whatever order systemd prints it', () => {
    expect(understood('services', { services: told(`${TIMER}\n${FETCH}`) })).toEqual(
      told(
        new Map([
          ['ds01-policy.timer', { loadState: 'loaded', activeState: 'active', result: 'success' }],
          ['ds01-policy-fetch.service', { loadState: 'loaded', activeState: 'failed', result: 'exit-code' }],
        ]),
      ),
    );
  });

  it('that never ran have no result', () => {
    expect(understood('services', { services: told('Id=a.timer\nLoadState=not-found\nActiveState=inactive') })).toEqual(
      told(new Map([['a.timer', { loadState: 'not-found', activeState: 'inactive', result: '' }]])),
    );
  });

  it.each(['Id', 'LoadState', 'ActiveState'])('without %s are not understood', (name) => {
    const broken = TIMER.replace(`${name}=`, `Other${name}=`);
    expect(understood('services', { services: told(`${FETCH}\n${broken}`) })).toEqual(
      silent("systemctl show prints what cannot be understood, beginning with 'Result=exit-code'"),
    );
  });
});

describe('people', () => {
  it('are lines of passwd(5); who is there by name and by number is one', () => {
    const line = '100001@example.org:*:1700000001:1700000513:A, B:/home/100001@example.org:/bin/bash\n';
    const text = `root:x:0:0:root:/root:/bin/bash\n${line}${line}`;
    expect(understood('people', { passwd: told(text) })).toEqual(
      told([
        { name: 'root', uid: 0, home: '/root' },
        { name: '100001@example.org', uid: 1_700_000_001, home: '/home/100001@example.org' },
      ]),
    );
  });

  it('may share a number or a name', () => {
    const [a, b, c] = ['a:x:5:5::/a:', 'b:x:5:5::/b:', 'a:x:6:6::/a6:'];
    expect(understood('people', { passwd: told([a, b, c].join('\n')) })).toEqual(
      told([
        { name: 'a', uid: 5, home: '/a' },
        { name: 'b', uid: 5, home: '/b' },
        { name: 'a', uid: 6, home: '/a6' },
      ]),
    );
  });

  it('may all be unknown', () => {
    expect(understood('people', { passwd: told('') })).toEqual(told([]));
  });

  it.each([':x:0:0::/:', 'a:x:-1:0::/:', 'a:x:1:0:/:', 'a:x:1:0::b:/:c', 'a:x:12345678901:0::/:', 'a:x:1e3:0::/:'])(
    '%j is nobody',
    (line) => {
      expect(understood('people', { passwd: told(`root:x:0:0:root:/root:/bin/sh\n${line}\n`) })).toEqual(
        silent("getent passwd prints what cannot be understood, beginning with 'root:x:0:0:root:/root:/bin/sh'"),
      );
    },
  );
});

describe('GPUs', () => {
  const UUID = 'GPU-5b1f0ce8-5ee0-4f9c-8d5a-000000000001';
  const gpus = (text: string, processes = '') => understood('gpus', { gpus: told({ gpus: text, processes }) });

  it('are told in percent and MiB, with the programs on them', () => {
    const text = `0, ${UUID}, NVIDIA A100-PCIE-40GB, 97, 39000, 40960\n`;
    expect(gpus(text, `${UUID}, 4711, 38912\n${UUID}, 4712, 1\n`)).toEqual(
      told({
        gpus: [
          {
            ...{ index: 0, uuid: UUID, name: 'NVIDIA A100-PCIE-40GB', utilization: 97 },
            ...{ memoryUsed: 39_000 * 1024 ** 2, memoryTotal: 40 * 1024 ** 3 },
          },
        ],
        processes: [
          { gpu: UUID, pid: 4711, memory: 38 * 1024 ** 3 },
          { gpu: UUID, pid: 4712, memory: 1024 ** 2 },
        ],
      }),
    );
  });

  it('may be idle: 0 is a number', () => {
    expect(gpus(`3, ${UUID}, A100, 0, 0, 40960`)).toMatchObject({
      value: { gpus: [{ index: 3, utilization: 0, memoryUsed: 0 }] },
    });
  });

  it('do not know everything, such as what a part of a GPU does', () => {
    const MIG = 'MIG-GPU-5b1f0ce8/7/0';
    const text = `1, ${UUID}, A100, a corner, of it, [N/A], [Not Supported], [Insufficient Permissions]\n`;
    expect(gpus(text, `${MIG}, 9, [N/A]\n`)).toEqual(
      told({ gpus: [{ index: 1, uuid: UUID, name: 'A100, a corner, of it' }], processes: [{ gpu: MIG, pid: 9 }] }),
    );
  });

  it('may not be there', () => {
    expect(gpus('No devices were found\n', 'No devices were found\n')).toEqual(told({ gpus: [], processes: [] }));
  });

  it.each([
    [`x, ${UUID}, A100, 1, 2, 3`, ''],
    ['0, no-uuid, A100, 1, 2, 3', ''],
    [`0, ${UUID}, 1, 2, 3`, ''],
    [`0, ${UUID}, A100, 1, 2, -3`, ''],
    [`0, ${UUID}, A100, 1, 2`, ''],
    [`0, ${UUID}, A100, 1, [2, 3`, ''],
    ['0', ''],
    [`0, ${UUID}, A100, 1, 2, 3`, 'no-uuid, 1, 2'],
    [`0, ${UUID}, A100, 1, 2, 3`, `${UUID}, -1, 2`],
    [`0, ${UUID}, A100, 1, 2, 3`, `${UUID}, 1`],
    [`0, ${UUID}, A100, 1, 2, 3`, `${UUID}, 1, 2, 3`],
    [`0, ${UUID}, A100, 1, 2, 3`, 'GPU-a'],
  ])('%j with programs %j cannot be understood', (text, processes) => {
    expect(gpus(text, processes)).toEqual(
      silent(`nvidia-smi prints what cannot be understood, beginning with '${text.slice(0, 60)}'`),
    );
  });
});

describe('the log of the kernel', () => {
  const entry = (MESSAGE: unknown, microseconds: unknown = '1764930000123456') => {
    return `${JSON.stringify({ MESSAGE, __REALTIME_TIMESTAMP: microseconds, _BOOT_ID: 'x' })}\n`;
  };
  const log = (text: string) => understood('kernelLog', { kernelLog: told(text) });

  it('has what is about limits, the oldest first, with the time in milliseconds', () => {
    const words = [
      'cgroup: fork rejected by pids controller in /ds01.slice/ds01-student.slice',
      'oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/ds01.slice,task=python,pid=4711,uid=100',
      'Memory cgroup out of memory: Killed process 4711 (python) total-vm:1kB',
      'Out of memory: Killed process 4712 (python) total-vm:1kB',
    ];
    const text = [...words, 'usb 1-1: new device'].map((word, index) => entry(word, String(9_999_000 - index * 1000)));
    expect(log(text.join(''))).toEqual(
      told([
        { at: 9996, text: words[3] },
        { at: 9997, text: words[2] },
        { at: 9998, text: words[1] },
        { at: 9999, text: words[0] },
      ]),
    );
  });

  it('may have bytes that are no text, in a name that somebody chose', () => {
    const bytes = [...new TextEncoder().encode('Killed process 1 (é'), 0xff, ...new TextEncoder().encode(')')];
    expect(log(entry(bytes) + entry(null) + entry(['Killed process 2', 'x']) + entry(7))).toEqual(
      told([{ at: 1_764_930_000_123, text: 'Killed process 1 (é\u{fffd})' }]),
    );
  });

  it('may have nothing about limits', () => {
    expect(log(`${entry('usb 1-1: new device')}\n`)).toEqual(told([]));
  });

  it.each([
    ['words', 'not json'],
    ['a time that is none', entry('Killed process 1', 'yesterday').trim()],
    ['a time that is a number', entry('Killed process 1', 5).trim()],
    ['no object', '[]'],
    ['half an object', entry('Killed process 1').slice(0, 30)],
  ])('with %s cannot be understood', (_what, line) => {
    expect(log(`${entry('Killed process 1')}${line}\n`)).toMatchObject({
      kind: 'silent',
      why: expect.stringMatching(/^journalctl prints what cannot be understood, beginning with '.{60}'$/),
    });
  });
});
