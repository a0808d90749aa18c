import { expect, it } from 'vitest';
import type { Config } from '../../scripts/follow/config.ts';
import { followsText, reachingText } from '../../scripts/report/install-words.ts';
import { plain } from '../../scripts/report/paint.ts';
import { stepsText } from '../../scripts/report/steps.ts';

const CONFIG: Config = {
  remote: '/srv/policy.git',
  branch: 'main',
  host: 'ds01',
  interval: 90,
  trust: 'none',
  pause: { default: 14_400, longest: 604_800 },
  correctionsPerHour: 5,
};

it('says what a host will follow, and who decides about it from then on', () => {
  expect(followsText(CONFIG)).toBe(
    'follows branch main of /srv/policy.git as host ds01, every 90s\n' +
      'trust none: whoever can push to that branch decides about the limits of this host\n',
  );
  expect(followsText({ ...CONFIG, trust: 'signed', drift: 'report' })).toBe(
    'follows branch main of /srv/policy.git as host ds01, every 90s\n' +
      'trust signed: whoever holds a listed key decides about the limits of this host\n' +
      'drift report: limits that others set here stay in force, and are shown\n',
  );
});

it('says how the server is got to know, at the port where it is', () => {
  expect(reachingText({ remote: { kind: 'https' }, knownHosts: false })).toBe('');
  expect(reachingText({ remote: { kind: 'ssh', host: 'a' }, knownHosts: true })).toBe('');
  expect(reachingText({ remote: { kind: 'ssh', host: '[2001:db8::1]', port: 2222 }, knownHosts: false })).toContain(
    '\n  ssh-keyscan -p 2222 2001:db8::1 > known_hosts\n',
  );
});

it('shows steps in columns, and nothing that a terminal would obey', () => {
  const steps = [
    { kind: 'create', what: '/a' },
    { kind: 'do', what: 'b\u001b[31m\nc' },
  ] as const;
  expect(stepsText(steps, plain)).toBe('  create  /a\n  do      b\\u{1b}[31m\\u{a}c\n');
  expect(stepsText(steps, (tone, text) => `<${tone}>${text}`)).toMatch(/^<added> {2}create.*\n<strong> {2}do/);
});
