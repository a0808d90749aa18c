import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeLeftovers } from '../../scripts/host/leftovers.ts';
import { UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf, temporaryFolder, unprivilegedAsync, writeFiles } from '../support/temporary-folder.ts';
import { BEFORE, hostWith, unitsOf } from '../support/unit-host.ts';

const DROP_IN = '50-ds01-policy.conf';

describe('what a killed run left', () => {
  it('is removed: temporary files, and folders of drop-ins that hold nothing else', async () => {
    const root = hostWith(BEFORE);
    writeFiles(join(root, UNIT_FOLDER), {
      '.ds01-a.slice.0123456789ab.ds01-policy-tmp': 'half',
      [`ds01-a-.slice.d/.${DROP_IN}.0123456789ab.ds01-policy-tmp`]: 'half',
      [`ds01-a-new.slice.d/.${DROP_IN}.0123456789ab.ds01-policy-tmp`]: 'half',
    });
    mkdirSync(join(root, UNIT_FOLDER, 'ds01.slice.d'));
    mkdirSync(join(root, UNIT_FOLDER, 'ds01-b.slice.d'));
    await removeLeftovers(root, 'ds01');
    // What looks like one of ours in a place where there is none of ours is there as well.
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
  });

  it('does not include what others have: empty folders of other slices, other files, links', async () => {
    const root = hostWith(BEFORE);
    const folder = join(root, UNIT_FOLDER);
    for (const name of ['user.slice.d', 'ds010-a.slice.d', 'ds01.service.d', 'ds01-folder'])
      mkdirSync(join(folder, name));
    writeFiles(folder, { 'ds01-policy-tmp': 'x', '.x.tmp': 'x', 'ds01-a.slice.ds01-policy-tmp': 'x' });
    writeFiles(root, { 'elsewhere/.x.ds01-policy-tmp': 'x' });
    symlinkSync(join(root, 'elsewhere'), join(folder, 'ds01-l.slice.d'));
    const before = contentsOf(root);
    await removeLeftovers(root, 'ds01');
    expect(contentsOf(root)).toEqual(before);
  });

  it('is removed as well where systemctl set-property writes: files from there are put back, too', async () => {
    const root = hostWith(BEFORE);
    for (const folder of ['etc/systemd/system.control', 'run/systemd/system.control']) {
      const temporary = `${folder}/ds01-b.slice.d/.50-TasksMax.conf.0123456789ab.ds01-policy-tmp`;
      writeFiles(root, { [temporary]: 'half', [`${folder}/user.slice.d/50-TasksMax.conf`]: 'x' });
      mkdirSync(join(root, folder, 'ds01-a-x.slice.d'));
    }
    await removeLeftovers(root, 'ds01');
    for (const folder of ['etc/systemd/system.control', 'run/systemd/system.control']) {
      const folders = contentsOf(join(root, folder)).filter((line) => line.endsWith('/'));
      expect(folders.filter((line) => !line.includes('ds01-a.slice.d'))).toEqual(['0755 user.slice.d/']);
    }
  });

  it.each([UNIT_FOLDER, 'etc/systemd/system.control', 'run/systemd'])(
    'is not looked for behind a link in the place of %s',
    async (path) => {
      const root = hostWith(BEFORE);
      writeFiles(root, {
        'elsewhere/.x.ds01-policy-tmp': 'x',
        'elsewhere/ds01.slice.d/.x.ds01-policy-tmp': 'x',
        'elsewhere/system.control/ds01.slice.d/.x.ds01-policy-tmp': 'x',
      });
      rmSync(join(root, path), { recursive: true, force: true });
      mkdirSync(join(root, path, '..'), { recursive: true });
      symlinkSync(join(root, 'elsewhere'), join(root, path));
      const before = contentsOf(root);
      await removeLeftovers(root, 'ds01');
      expect(contentsOf(root)).toEqual(before);
    },
  );

  it('includes the files that systemd was to check', async () => {
    const root = hostWith(BEFORE);
    writeFiles(root, { 'var/lib/ds01-policy/check-abcdef/ds01.slice': 'x', 'var/lib/ds01-policy/backup/x/y': 'y' });
    await removeLeftovers(root, 'ds01');
    expect(contentsOf(join(root, 'var/lib/ds01-policy')).filter((line) => !line.endsWith('/'))).toEqual([
      '0644 backup/x/y y',
      '0644 lock ',
    ]);
  });

  it('is nothing on a host that has no unit folder', async () => {
    const root = temporaryFolder();
    await removeLeftovers(root, 'ds01');
    expect(readdirSync(root)).toEqual([]);
  });

  it('is a failure of the host if it cannot be removed', async () => {
    const root = hostWith({ '.x.ds01-policy-tmp': 'half' });
    chmodSync(join(root, UNIT_FOLDER), 0o555);
    await expect(unprivilegedAsync(() => removeLeftovers(root, 'ds01'))).rejects.toMatchObject({
      step: 'remove what an earlier run left behind',
      state: 'untouched',
      message: expect.stringContaining('EACCES'),
    });
  });
});
