import { chmodSync, chownSync, copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImage, hasProgram, nodeObstacles } from '../../scripts/host/install-checks.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const IS_ROOT = process.geteuid?.() === 0;

describe('nodeObstacles', () => {
  it('wants a node of 20.19 or newer', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0'])
      expect(nodeObstacles('/usr/bin/env', version)).toEqual([]);
    for (const version of ['20.18.3', '18.20.0', '19.30.0']) {
      expect(nodeObstacles('/usr/bin/env', version)).toEqual([
        `node ${version} is older than 20.19: install a newer one for all users`,
      ]);
    }
  });

  it.each(['/home/somebody/.nvm/bin/node', '/root/bin/node', '/run/user/1000/node'])('refuses %s', (node) => {
    expect(nodeObstacles(node, '20.19.0')).toEqual([
      `${node} is somebody's own: install node for all users, as in /usr/bin or /opt`,
    ]);
  });

  it.skipIf(!IS_ROOT)('refuses what others than root can write, wherever on the way to it', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'bin'));
    const node = join(folder, 'bin/node');
    copyFileSync('/usr/bin/env', node);
    // What is in /tmp is safe from others by the sticky bit, as far as their files go.
    expect(nodeObstacles(node, '20.19.0')).toEqual([]);
    chmodSync(join(folder, 'bin'), 0o777);
    expect(nodeObstacles(node, '20.19.0')).toEqual([
      `${folder}/bin can be written by others than root: chmod go-w ${folder}/bin`,
    ]);
    chmodSync(join(folder, 'bin'), 0o755);
    chownSync(node, 65_534, 0);
    expect(nodeObstacles(node, '20.19.0')).toEqual([
      `${node} belongs to user 65534, who would become root by it: install node as root`,
    ]);
  });
});

describe('checkImage', () => {
  it('names what is missing, where services look for it', () => {
    const root = temporaryFolder();
    expect(checkImage(root, '/opt/node')).toEqual({
      obstacles: [],
      notes: ['not there yet, and needed: git, flock, systemctl, systemd-analyze, /opt/node'],
    });
    writeFiles(root, { 'usr/bin/git': '', 'bin/flock': '', 'opt/node': '' });
    chmodSync(join(root, 'usr/bin/git'), 0o755);
    expect([hasProgram(root, 'git'), hasProgram(root, 'flock')]).toEqual([true, false]);
  });

  it('refuses a node that no service could start', () => {
    const { obstacles } = checkImage(tmpdir(), '/opt/my node');
    expect(obstacles).toEqual([
      '"/opt/my node" is no path that a service could start: letters, digits, ".", "_", "+" and "-"',
    ]);
  });
});
