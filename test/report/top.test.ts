import { describe, expect, it } from 'vitest';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { topFrame, topText, type Usage } from '../../scripts/report/top.ts';
import { ACCOUNT, aMeter, CONTAINER, CONTAINER_ID, GROUP, SITE } from '../support/case-fixture.ts';
import { aUsage, BUSY, NAMES, use } from '../support/usage-fixture.ts';

const marked: Paint = (tone, text) => `<${tone}>${text}</>`;

function frame(width: number, height: number, more: Partial<Usage> = {}, offset = 0) {
  return topFrame(aUsage(BUSY, more), { width, height, offset }, plain);
}

function text(width: number, height: number, more: Partial<Usage> = {}, offset = 0): string {
  return `${frame(width, height, more, offset).lines.join('\n')}\n`;
}

/** Students who do nothing, so many of them. */
function idleStudents(number: number): readonly Meter[] {
  const names = Array.from({ length: number }, (_, index) => String(100_100 + index));
  return names.map((name) => aMeter(`${GROUP}/ds01-student-${name}.slice`, use(0, 0, 1)));
}

describe('a frame', () => {
  it('of 80 columns has all figures, what hurts on top with a sign, and idle ones in one line', () => {
    expect(text(80, 24)).toBe(`\
ds01 on node1, 10:00:00 UTC, watched for 2.0 s
                            CPU     MEMORY      TASKS  THROT-  WAIT  WAIT  WAIT
SLICE                 cores/max   held/max    now/max    TLED   cpu   mem    io
ds01                     24.4/-    48.5G/-      911/-       -   63%!   0%    2%
  student               15.9/16  31.4G/32G!   512/512!    95%!  78%!   2%    2%
    100001               15.7/-    30.1G/-      412/-       -   77%!   2%    2%
      train             15.7/32  30.1G/64G      412/-      0%   77%!   2%    2%
    a_name_that_is_l…     0.2/-     1.2G/-       96/-       -    1%    0%    0%
    2 accounts idle
  researcher            8.4/128    12.1G/-  300/65536      0%    3%    0%    0%
    204214                8.4/-    12.1G/-      300/-       -    3%    0%    0%
      jupyter.service     8.4/-    12.1G/-      300/-       -   <1%    0%    0%
outside, where no limit of policy holds
  0a1b2c3d0a1b            3.1/-     2.0G/-       40/-       -    0%    0%    0%
q quits; ! is held up: ds01-policy doctor says why
`);
  });

  it('of 120 columns has room for longer names', () => {
    expect(text(120, 24)).toBe(`\
ds01 on node1, 10:00:00 UTC, watched for 2.0 s
                              CPU     MEMORY      TASKS  THROT-  WAIT  WAIT  WAIT
SLICE                   cores/max   held/max    now/max    TLED   cpu   mem    io
ds01                       24.4/-    48.5G/-      911/-       -   63%!   0%    2%
  student                 15.9/16  31.4G/32G!   512/512!    95%!  78%!   2%    2%
    100001                 15.7/-    30.1G/-      412/-       -   77%!   2%    2%
      train               15.7/32  30.1G/64G      412/-      0%   77%!   2%    2%
    a_name_that_is_long     0.2/-     1.2G/-       96/-       -    1%    0%    0%
    2 accounts idle
  researcher              8.4/128    12.1G/-  300/65536      0%    3%    0%    0%
    204214                  8.4/-    12.1G/-      300/-       -    3%    0%    0%
      jupyter.service       8.4/-    12.1G/-      300/-       -   <1%    0%    0%
outside, where no limit of policy holds
  0a1b2c3d0a1b              3.1/-     2.0G/-       40/-       -    0%    0%    0%
q quits; ! is held up: ds01-policy doctor says why
`);
  });

  it('of 40 columns has the first of them, the sign for the others at the name, and what fits of the tree', () => {
    expect(text(40, 12, { notes: ['names of containers are not known: docker did not answer within 3 s'] })).toBe(`\
ds01 on node1, 10:00:00 UTC, watched fo…
                         CPU     MEMORY
SLICE              cores/max   held/max
ds01!                 24.4/-    48.5G/-
  student!           15.9/16  31.4G/32G!
    100001!           15.7/-    30.1G/-
      train!         15.7/32  30.1G/64G
    a_name_that_i…     0.2/-     1.2G/-
    2 accounts idle
  researcher         8.4/128    12.1G/-
names of containers are not known: dock…
q quits, arrows scroll (1-7 of 11); ! i…
`);
  });

  it('leaves out columns from the right, one by one', () => {
    const heads = [80, 76, 70, 64, 58, 50, 39, 27, 26].map((width) => frame(width, 24).lines[2]);
    expect(heads.map((head) => head?.trim().split(/ +/).slice(1).join(' '))).toEqual([
      'cores/max held/max now/max TLED cpu mem io',
      'cores/max held/max now/max TLED cpu mem io',
      'cores/max held/max now/max TLED cpu mem',
      'cores/max held/max now/max TLED cpu',
      'cores/max held/max now/max TLED',
      'cores/max held/max now/max',
      'cores/max held/max',
      'cores/max',
      '',
    ]);
  });

  it.each([1, 2, 3, 7, 20, 33, 40, 55, 80, 100, 200])('of %d columns has no line that is wider', (width) => {
    const notes = ['names of containers are not known: docker did not answer within 3 s'];
    for (const more of [{ notes }, { roots: [] }, { host: 'x'.repeat(300) }]) {
      const widths = frame(width, 24, more).lines.map(({ length }) => length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(width, 2));
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 10, 16, 50])('of %d lines has no more than these', (height) => {
    expect(frame(80, height).lines.length).toBe(Math.min(height, 15));
    expect(frame(80, height, { notes: ['a', 'b'] }).lines.length).toBe(Math.min(height, 17));
  });

  it('keeps names short enough to see the figures beside them', () => {
    const path = `${ACCOUNT}/${'n'.repeat(100)}.service`;
    const { lines } = topFrame(aUsage([aMeter(path, use(1, 2, 3))]), { width: 300, height: 10, offset: 0 }, plain);
    expect(lines[3]).toBe(`${'n'.repeat(47)}…     1.0/-     2.0G/-        3/-       -     -     -     -`);
  });
});

describe('what does not fit', () => {
  const height = 9;
  const rows = (offset: number) =>
    frame(80, height, {}, offset)
      .lines.slice(3, -1)
      .map((line) => line.trim().split(' ')[0]);

  it('is scrolled to', () => {
    expect(rows(0)).toEqual(['ds01', 'student', '100001', 'train', 'a_name_that_is_l…']);
    expect(rows(2)).toEqual(['100001', 'train', 'a_name_that_is_l…', '2', 'researcher']);
    expect(frame(80, height, {}, 2)).toMatchObject({ offset: 2, lastOffset: 6, room: 5 });
    expect(frame(80, height, {}, 2).lines.at(-1)).toMatch(/^q quits, arrows scroll \(3-7 of 11\); ! /);
  });

  it('as far as there is anything', () => {
    expect(frame(80, height, {}, 7)).toMatchObject({ offset: 6, lastOffset: 6 });
    expect(rows(99)).toEqual(rows(6));
    expect(frame(80, height, {}, -1).offset).toBe(0);
    expect(frame(80, 24, {}, 5)).toMatchObject({ offset: 0, lastOffset: 0 });
  });

  it('is not spoken of where all of it fits', () => {
    expect(frame(80, 15).lines.at(-1)).toMatch(/^q quits; /);
    expect(frame(80, 14).lines.at(-1)).toMatch(/^q quits, arrows scroll \(1-10 of 11\); /);
  });
});

describe('idle ones', () => {
  const lines = (meters: readonly Meter[], more: Partial<Usage> = {}) =>
    topFrame(aUsage(meters, more), { width: 80, height: 24, offset: 0 }, plain).lines.slice(3, -1);
  const student = aMeter(GROUP);

  it('are one line, unless there is only one', () => {
    expect(lines([student, ...idleStudents(12)])).toEqual([expect.stringMatching(/^student /), '  12 accounts idle']);
    expect(lines([student, ...idleStudents(1)])[1]).toMatch(/^ {2}100100 +0\.0\/- /);
  });

  it('are counted by what they are', () => {
    const [other, third] = ['dead', 'beef'].map((digits) => digits.repeat(16));
    const meters = [
      ...[aMeter(ACCOUNT, use(1, 1, 1)), aMeter(CONTAINER), aMeter(`${ACCOUNT}/docker-${other}.scope`)],
      ...[aMeter(`${ACCOUNT}/a.service`), aMeter(`/docker/${other}`), aMeter(`/docker/${third}`)],
    ];
    expect(lines(meters).slice(1)).toEqual([
      '  2 containers, 1 service idle',
      'outside, where no limit of policy holds',
      '  2 containers idle',
    ]);
  });

  it('are all shown to who asks for it, or for one account', () => {
    expect(lines([student, ...idleStudents(3)], { showIdle: true })).toHaveLength(4);
    const focus = { kind: 'account', entitlement: entitlementOf(NAMES.resolved, '100100') } as const;
    expect(lines([student, ...idleStudents(3)], { focus })).toHaveLength(4);
    const group = { kind: 'group', group: NAMES.resolved.groups.get('student')! } as const;
    expect(lines([student, ...idleStudents(3)], { focus: group })).toHaveLength(2);
  });
});

describe('figures', () => {
  const figures = (more: Partial<Meter>) => {
    const { lines } = topFrame(aUsage([aMeter(GROUP, more)]), { width: 120, height: 24, offset: 0 }, plain);
    return lines[3]?.trim().split(/ +/).slice(1);
  };
  const memory = (held: number, max?: number) =>
    figures({ memory: { current: 2 ** 50, held, ...(max !== undefined && { max }) } })?.[1];
  const throttled = (periods: number, throttled: number) =>
    figures({ cpu: { cores: 1, quota: 1, throttling: { periods, throttled, seconds: 0 } } })?.[3];
  const waiting = (some: number) => figures({ pressure: { io: { some, full: 0 } } })?.[6];

  it('that the kernel does not say are none', () => {
    expect(figures({})).toEqual(['-', '-', '-', '-', '-', '-', '-']);
  });

  it.each([
    [0, '0B/-'],
    [999, '999B/-'],
    [1000, '1.0K/-'],
    [2 ** 20, '1.0M/-'],
    [999 * 2 ** 20, '999.0M/-'],
    [1023 * 2 ** 20, '1.0G/-'],
    [127.94 * 2 ** 30, '127.9G/-'],
    [2 ** 40, '1.0T/-'],
    [2 ** 51, '2048.0T/-'],
  ])('%d bytes', (bytes, expected) => {
    expect(memory(bytes)).toBe(expected);
  });

  it('of memory have a limit as it was probably written', () => {
    expect(memory(2 ** 30, 32 * 2 ** 30)).toBe('1.0G/32G');
    expect(memory(2 ** 30, 1.5 * 2 ** 40)).toBe('1.0G/1.5T');
    // systemd reads MemoryMax=16 as this.
    expect(memory(0, 16)).toBe('0B/16B');
  });

  it('of CPUs have the quota as a number of them', () => {
    expect(figures({ cpu: { cores: 0.04, quota: 0.5 } })?.[0]).toBe('0.0/0.5');
    expect(figures({ cpu: { cores: 0.05, quota: 1.255 } })?.[0]).toMatch(/^0\.1\/1\.2[56]$/);
  });

  it('of throttling are a share of the periods, and none without a quota', () => {
    expect(throttled(50, 25)).toBe('50%!');
    expect(throttled(0, 0)).toBe('0%');
    expect(throttled(1000, 1)).toBe('<1%');
    expect(throttled(1000, 999)).toBe('99%!');
    expect(throttled(10, 10)).toBe('100%!');
    expect(figures({ cpu: { cores: 1, throttling: { periods: 9, throttled: 9, seconds: 1 } } })?.[3]).toBe('-');
  });

  it('of waiting are a share of the time', () => {
    expect([0, 0.001, 0.125, 0.996, 1].map(waiting)).toEqual(['0%', '<1%', '13%', '99%!', '100%!']);
  });
});

describe('text from the machine', () => {
  it('moves no cursor, and takes the room that it seems to', () => {
    const hostile = aMeter(`${ACCOUNT}/\u001b[2J\u202e警告.service`, use(1, 1, 1));
    const seen = aUsage([hostile], { host: 'a\u001b[31m', notes: ['b\u001b[32m\nc'] });
    for (const lines of [
      topFrame(seen, { width: 120, height: 9, offset: 0 }, plain).lines,
      topText(seen, plain).split('\n'),
    ])
      expect(lines.join('')).toMatch(/^[ -~]*$/);
    expect(topText(seen, plain)).toContain('\n\\u{1b}[2J\\u{202e}??.service     1.0/- ');
  });
});

describe('colours', () => {
  it('are on what hurts, and on nothing else of the figures', () => {
    const { lines } = topFrame(aUsage(), { width: 80, height: 24, offset: 0 }, marked);
    expect(lines[4]).toBe(
      '  student               15.9/16  <warning>31.4G/32G!</>   <error>512/512!</>    <warning>95%!</>  <warning>78%!</>   2%    2%',
    );
    expect(lines[9]).toBe('  researcher            8.4/128    12.1G/-  300/65536      0%    3%    0%    0%');
    expect(lines[8]).toBe('<faint>    2 accounts idle</>');
    expect(lines[0]).toBe('<strong>ds01 on node1, 10:00:00 UTC, watched for 2.0 s</>');
    expect(lines[2]).toMatch(/^<strong>SLICE .* io<\/>$/);
    expect(lines.at(-1)).toMatch(/^<faint>q quits; .*<\/>$/);
  });

  it('at a name are those of the worst that is hidden', () => {
    const { lines } = topFrame(aUsage(), { width: 40, height: 24, offset: 0 }, marked);
    expect(lines[3]).toMatch(/^<warning>ds01!<\/> {17}24\.4\/-/);
    expect(lines[4]).toMatch(/^<error> {2}student!<\/> /);
  });

  it('change nothing else', () => {
    const stripped = (lines: readonly string[]) => lines.map((line) => line.replaceAll(/<\/?[a-z]*>/g, ''));
    const view = { width: 40, height: 24, offset: 0 };
    expect(stripped(topFrame(aUsage(), view, marked).lines)).toEqual(topFrame(aUsage(), view, plain).lines);
  });
});

describe('for a pipe', () => {
  it('it is one table with everything in it, as wide as it has to be', () => {
    const note = 'names of containers are not known: docker did not answer within 3 s';
    const shown = topText(aUsage(BUSY, { notes: [note] }), plain);
    expect(shown.split('\n').slice(1, -5)).toEqual(['', ...frame(120, 24).lines.slice(1, -1)]);
    expect(shown).toMatch(/^ds01 on node1, 10:00:00 UTC, watched for 2\.0 s\n\n/);
    expect(shown.split('\n').slice(-5)).toEqual([...['', note, '', '! is held up: ds01-policy doctor says why', '']]);
  });

  it('says whose it is', () => {
    const title = (focus: Usage['focus']) => topText(aUsage(BUSY, focus && { focus }), plain).split(' on ')[0];
    expect(title({ kind: 'group', group: NAMES.resolved.groups.get('student')! })).toBe('group student');
    expect(title({ kind: 'account', entitlement: entitlementOf(NAMES.resolved, '100001') })).toBe(
      '100001@hertie-school.lan',
    );
  });
});

describe('what is good to know', () => {
  const last = (...meters: readonly Meter[]) => topText(aUsage(meters), plain).trimEnd().split('\n').at(-1);

  it('is that nothing hurts, as far as this kernel says', () => {
    expect(last(aMeter(SITE, use(1, 1, 1, [0, 0, 0])))).toBe('nothing is held up');
    expect(last(aMeter(SITE, use(1, 1, 1)))).toBe('nothing is held up by a limit; this kernel does not say who waits');
  });

  it('is that nothing runs', () => {
    const nothing = 'nothing runs in ds01.slice: no container and no service of the site is there';
    expect(topText(aUsage([]), plain)).toBe(`ds01 on node1, 10:00:00 UTC, watched for 2.0 s\n\n${nothing}\n`);
    expect(topFrame(aUsage([]), { width: 80, height: 24, offset: 0 }, plain).lines.slice(1)).toEqual([
      nothing,
      'q quits',
    ]);
    const focus = { kind: 'account', entitlement: entitlementOf(NAMES.resolved, '100001') } as const;
    expect(topText(aUsage([], { focus }), plain)).toContain('\nnothing runs in ds01-student-100001.slice\n');
    const group = { kind: 'group', group: NAMES.resolved.groups.get('admin')! } as const;
    expect(topText(aUsage([], { focus: group }), plain)).toContain('\nnothing runs in ds01-admin.slice\n');
    // The container of somebody else says nothing about the site.
    expect(topText(aUsage([aMeter(`/docker/${CONTAINER_ID}`)]), plain)).toContain('\n  train ');
  });
});
