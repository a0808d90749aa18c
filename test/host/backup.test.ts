import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupFolder, dropCopies, keepCopies, needsBackup } from '../../scripts/host/backup.ts';
import { readBytes } from '../../scripts/host/unit-files.ts';
import { STATE_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf } from '../support/temporary-folder.ts';
import { ADOPTED, BEFORE, CLEARED, changesTo, hostWith } from '../support/unit-host.ts';

const FOLDER = backupFolder(new Date('2026-11-24T08:14:28.123Z'));

async function keep(root: string, folder = FOLDER): Promise<void> {
  const changes = changesTo(root);
  const earlier = new Map<string, Uint8Array>();
  for (const { path } of changes) earlier.set(path, (await readBytes(root, path)) ?? Buffer.from('x'));
  await keepCopies(root, folder, changes, earlier);
}

describe('copies of what others wrote', () => {
  it('are kept of what is taken over or taken away, and of nothing that this program wrote', async () => {
    const root = hostWith(BEFORE);
    const kinds = changesTo(root).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['create', 'update', 'adopt', 'remove', 'clear']));
    expect(kinds.filter((kind) => needsBackup({ kind }))).toEqual(['adopt', 'clear']);
    // Everybody can read them, as the files that they are of, whatever the umask is.
    process.umask(0o077);
    await keep(root);
    const day = '2026-11-24T081428.123Z';
    expect(contentsOf(join(root, STATE_FOLDER))).toEqual([
      '0755 backup/',
      `0755 backup/${day}/`,
      `0755 backup/${day}/etc/`,
      `0755 backup/${day}/etc/systemd/`,
      `0755 backup/${day}/etc/systemd/system/`,
      // Byte by byte: this is no UTF-8.
      `0644 backup/${day}/etc/systemd/system/${ADOPTED} by hand in a caf\u00e9\n`,
      `0755 backup/${day}/etc/systemd/system.control/`,
      `0755 backup/${day}/etc/systemd/system.control/ds01-a.slice.d/`,
      `0644 backup/${day}${CLEARED} set by hand\n`,
      '0644 lock ',
    ]);
  });

  it('of two runs do not meet, and those of one are dropped without the other', async () => {
    const root = hostWith(BEFORE);
    const later = backupFolder(new Date('2026-11-24T08:14:28.124Z'));
    expect([later, FOLDER].sort()).toEqual([FOLDER, later]);
    await keep(root);
    const before = contentsOf(join(root, STATE_FOLDER));
    await keep(root, later);
    expect(contentsOf(join(root, STATE_FOLDER))).not.toEqual(before);
    await dropCopies(root, later);
    expect(contentsOf(join(root, STATE_FOLDER))).toEqual(before);
    await dropCopies(root, later);
  });

  it('are not written through a link', async () => {
    const root = hostWith(BEFORE);
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, STATE_FOLDER, 'backup'));
    await expect(keep(root)).rejects.toThrow(`${join(root, STATE_FOLDER, 'backup')} is a symbolic link, not a folder`);
    expect(contentsOf(join(root, 'elsewhere'))).toEqual([]);
  });

  it('never take the place of others', async () => {
    const root = hostWith(BEFORE);
    await keep(root);
    await expect(keep(root)).rejects.toThrow('EEXIST');
  });
});
