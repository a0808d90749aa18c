import { describe, expect, it } from 'vitest';
import { readConfig } from '../../scripts/follow/config-document.ts';
import { firstConfigText } from '../../scripts/follow/config-text.ts';
import {
  configFile,
  keyFiles,
  NODE_PATH,
  programFiles,
  TIMER_LINKS,
  UNIT_PATHS,
  unitFiles,
} from '../../scripts/follow/installation.ts';
import { changes } from '../../scripts/follow/step.ts';

const configText = firstConfigText({ remote: '/srv/policy.git', host: 'ds01', trust: 'none' });
const PARTS = {
  config: readConfig('', configText).config!,
  configText,
  program: Buffer.from('the program'),
  node: '/usr/bin/node',
  keys: { 'deploy-key': 'secret', known_hosts: 'a host' },
};

describe('an installation', () => {
  it('has a program that anybody can call and only root can change', () => {
    expect(programFiles(PARTS)).toEqual([
      { path: 'usr/local/lib/ds01-policy/ds01-policy.mjs', content: PARTS.program, mode: 0o644 },
      {
        path: 'usr/local/bin/ds01-policy',
        content: '#!/bin/sh\nexec /usr/bin/node /usr/local/lib/ds01-policy/ds01-policy.mjs "$@"\n',
        mode: 0o755,
      },
      { path: 'etc/sysusers.d/ds01-policy.conf', content: 'u ds01-policy - "fetches policy"\n', mode: 0o644 },
    ]);
  });

  it('has a deploy key that only root and the user that fetches can read', () => {
    expect(keyFiles(PARTS)).toEqual([
      { path: 'etc/ds01-policy/deploy-key', content: 'secret', mode: 0o640, group: 'ds01-policy' },
      { path: 'etc/ds01-policy/known_hosts', content: 'a host', mode: 0o644 },
    ]);
  });

  it('has a configuration and units that anybody can read, and the timers are what begins', () => {
    expect(configFile(PARTS)).toEqual({ path: 'etc/ds01-policy/config.yaml', content: configText, mode: 0o644 });
    expect(new Set(unitFiles(PARTS).map(({ path }) => path))).toEqual(new Set(UNIT_PATHS));
    for (const { mode } of unitFiles(PARTS)) expect(mode).toBe(0o644);
    expect(TIMER_LINKS).toEqual([
      {
        path: 'etc/systemd/system/timers.target.wants/ds01-policy.timer',
        target: '/etc/systemd/system/ds01-policy.timer',
      },
      {
        path: 'etc/systemd/system/timers.target.wants/ds01-policy-watchdog.timer',
        target: '/etc/systemd/system/ds01-policy-watchdog.timer',
      },
    ]);
  });

  it('starts node from a path that a shell reads as it is', () => {
    const good = ['/usr/bin/node', '/opt/node-v20.19.0+1/bin/node'];
    const bad = ['node', '/a b/node', '/a;b', '/$HOME/node', '/a/../node', '/a//node', '/a\n', '/-x', "/'"];
    expect([...good, ...bad].filter((path) => NODE_PATH.test(path))).toEqual(good);
  });
});

it('what is so already, and what is left on purpose, changes nothing', () => {
  const kinds = ['create', 'update', 'same', 'remove', 'keep', 'do'] as const;
  expect(kinds.filter((kind) => changes({ kind, what: '' }))).toEqual(['create', 'update', 'remove', 'do']);
});
