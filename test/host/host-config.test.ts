import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertMachine, loadConfig, readMachineId } from '../../scripts/host/host-config.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const FILE = 'etc/ds01-policy/config.yaml';
const TEXT = 'version: 1\nremote: /srv/policy.git\nhost: ds01\ntrust: none\n';
const ID = 'f3a1c0de5b7948d2a6e09b1c7d4e8f20';

function rootWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = temporaryFolder();
  writeFiles(root, files);
  return root;
}

describe('loadConfig', () => {
  it('finds none, one, or what is wrong with it', () => {
    expect(loadConfig(rootWith({}))).toEqual({ kind: 'none' });
    expect(loadConfig(rootWith({ [FILE]: TEXT }))).toMatchObject({
      kind: 'config',
      text: TEXT,
      config: { host: 'ds01' },
    });
    const wrong = loadConfig(rootWith({ [FILE]: 'version: 1\n' }));
    expect(wrong).toMatchObject({ kind: 'errors', findings: [{ location: { file: `/${FILE}` } }, {}, {}] });
  });

  it('refuses bytes that are no text', () => {
    const found = loadConfig(rootWith({ [FILE]: Buffer.from(`${TEXT}# caf\u00e9\n`, 'latin1') }));
    expect(found).toMatchObject({ kind: 'errors', findings: [{ rule: 'text-character' }] });
  });

  it('follows no link, opens nothing but a file, and reads no more than a configuration can be', () => {
    const link = rootWith({ other: TEXT, 'etc/ds01-policy/x': '' });
    symlinkSync(join(link, 'other'), join(link, FILE));
    expect(() => loadConfig(link)).toThrow(
      new HostRefusal(`${join(link, FILE)} is a symbolic link: put the file itself there`),
    );
    const folder = rootWith({});
    mkdirSync(join(folder, FILE), { recursive: true });
    expect(() => loadConfig(folder)).toThrow(
      new HostRefusal(`${join(folder, FILE)} is not a file: put the file itself there`),
    );
    const large = rootWith({ [FILE]: `${TEXT}#${' '.repeat(65_536)}\n` });
    expect(() => loadConfig(large)).toThrow(HostRefusal);
  });

  it('takes a file that cannot be read for a failure, not for none', () => {
    const root = rootWith({ [FILE]: TEXT });
    chmodSync(join(root, FILE), 0o600);
    if (process.geteuid?.() !== 0) chmodSync(join(root, FILE), 0);
    unprivileged(() => expect(() => loadConfig(root)).toThrow(HostFailure));
  });
});

describe('assertMachine', () => {
  const config = { host: 'ds01', machineId: ID } as Parameters<typeof assertMachine>[1];

  it('lets the machine pass that the configuration is for, and any if it is for none', () => {
    expect(() => assertMachine(rootWith({ 'etc/machine-id': `${ID}\n` }), config)).not.toThrow();
    const { machineId: _, ...image } = { ...config };
    expect(() => assertMachine(rootWith({}), image)).not.toThrow();
  });

  it.each([
    ['a clone', `${'0'.repeat(32)}\n`, `this machine is "${'0'.repeat(32)}"`],
    ['a machine that has no id yet', 'uninitialized\n', 'this machine has none'],
  ])('refuses %s', (_, text, words) => {
    expect(() => assertMachine(rootWith({ 'etc/machine-id': text }), config)).toThrow(
      new HostRefusal(
        `the configuration is for machine_id "${ID}", host "ds01", and ${words}: a clone would follow the policy of another ` +
          'host; ds01-policy install --host NAME says which host this is',
      ),
    );
  });

  it('reads an id as machine-id(5) has it', () => {
    for (const text of [ID, `${ID}\n`]) expect(readMachineId(rootWith({ 'etc/machine-id': text }))).toBe(ID);
    for (const text of ['', `${ID}0`, `${ID}\n\n`, ID.toUpperCase()]) {
      expect(readMachineId(rootWith({ 'etc/machine-id': text }))).toBeUndefined();
    }
  });
});
