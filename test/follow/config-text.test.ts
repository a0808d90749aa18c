import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../scripts/follow/config.ts';
import { readConfig } from '../../scripts/follow/config-document.ts';
import { configText, editConfigText, firstConfigText } from '../../scripts/follow/config-text.ts';

const SETTINGS = { remote: 'git@git.example.org:lab/policy.git', host: 'ds01', trust: 'none' };
const FIRST = firstConfigText(SETTINGS);

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

// What can be written: six digits and a unit.
const pauses = fc.oneof(
  fc.integer({ min: 60, max: 999_999 }),
  fc.integer({ min: 1, max: 31 * 1440 }).map((minutes) => minutes * 60),
);

const configs: fc.Arbitrary<Config> = fc
  .record({
    remote: fc.constantFrom('/a', '/1', 'https://h/a=b,c%20', 'ssh://g@h:2/x', 'G@h:x', 'file:///~x', 'git@h:true'),
    branch: fc.constantFrom(
      'main',
      '1',
      '1e3',
      '0x10',
      'true',
      'null',
      'True',
      '_x',
      '007',
      'a/1',
      '1min',
      '2026-11-24',
    ),
    host: fc.constantFrom('ds01', '1', '007', '1e3', 'true', 'null', 'y', '5min'),
    machineId: optional(fc.constantFrom('0'.repeat(32), `1e${'0'.repeat(30)}`, 'f'.repeat(32))),
    interval: fc.integer({ min: 10, max: 86_400 }),
    trust: fc.constantFrom('none' as const, 'signed' as const),
    drift: optional(fc.constantFrom('enforce' as const, 'report' as const)),
    metricsFolder: optional(fc.constantFrom('/a', '/var/lib/1.2/_-')),
    longest: pauses,
    usual: pauses,
    correctionsPerHour: fc.integer({ min: 1, max: 3600 }),
    commitStatus: optional(
      fc.constantFrom({ api: 'https://h/1', repository: '1/2' }, { api: 'http://localhost:1', repository: 'a/b.c' }),
    ),
  })
  .map(({ usual, longest, machineId, drift, metricsFolder, commitStatus, ...rest }) => ({
    ...rest,
    ...(machineId !== undefined && { machineId }),
    ...(drift !== undefined && { drift }),
    ...(metricsFolder !== undefined && { metricsFolder }),
    ...(commitStatus !== undefined && { commitStatus }),
    pause: { default: Math.min(usual, longest), longest },
  }));

describe('configText', () => {
  it('reads as what was written, and is the same bytes again', () => {
    fc.assert(
      fc.property(configs, (config) => {
        const text = configText(config);
        const read = readConfig('', text);
        expect(read).toEqual({ config, findings: [] });
        expect(configText(read.config!)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('is what an administrator reads', async () => {
    await expect(FIRST).toMatchFileSnapshot('expected/config.yaml');
    expect(configText(readConfig('', FIRST).config!)).toBe(FIRST);
  });
});

describe('editConfigText', () => {
  it('changes only the line of what is said otherwise, and leaves what somebody has written', () => {
    const text = `# mine\n${FIRST.replace('branch: main', 'branch:   main   # as ever')}`;
    const edited = editConfigText(text, { branch: '2.0', interval: '5min' });
    expect(edited).toBe(text.replace('  main   # as', '  "2.0"   # as').replace('interval: 1min', 'interval: 5min'));
  });

  it('changes nothing that says the same already', () => {
    expect(editConfigText(FIRST, { ...SETTINGS, branch: 'main', interval: '60s', drift: undefined })).toBe(FIRST);
    const least = 'version: 1\nremote: /a\nhost: b\ntrust: none\n';
    expect(editConfigText(least, { branch: 'main', interval: '1min' })).toBe(least);
  });

  it('puts what is new in the place of its example, or at the end', () => {
    expect(editConfigText(FIRST, { drift: 'report' })).toBe(FIRST.replace('# drift: report', 'drift: report'));
    const text = 'version: 1\nremote: /a\nhost: b\ntrust: none\npause:\n  longest: 1d\n';
    expect(editConfigText(text, { metrics: '/m', machine_id: '0'.repeat(32) })).toBe(
      `${text}metrics: /m\nmachine_id: "${'0'.repeat(32)}"\n`,
    );
  });

  it('writes what is wrong, too, as text: it is for the reader to refuse', () => {
    const text = editConfigText(FIRST, { remote: 'x"\ntrust: none', interval: '5 parsecs' });
    expect(text).toContain('remote: "x\\"\\ntrust: none"\n');
    expect(readConfig('', text).config).toBeUndefined();
    expect(editConfigText(editConfigText(text, { remote: '/a' }), { interval: '1h' })).toBe(
      FIRST.replace(SETTINGS.remote, '/a').replace('1min', '1h'),
    );
    expect(editConfigText('- 1', { host: 'a' })).toBe('- 1host: a\n');
  });
});
