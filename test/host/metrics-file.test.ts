import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { writeMetrics } from '../../scripts/host/metrics-file.ts';
import { contentsOf, temporaryFolder, unprivilegedAsync, writeFiles } from '../support/temporary-folder.ts';

describe('the file of metrics', () => {
  it('is written whole, for everybody to read, and nothing else is left', async () => {
    const folder = temporaryFolder();
    process.umask(0o077);
    await writeMetrics(folder, 'a 1\n');
    expect(contentsOf(folder)).toEqual(['0644 ds01_policy.prom a 1\n']);
    await writeMetrics(folder, 'a 2\n');
    expect(contentsOf(folder)).toEqual(['0644 ds01_policy.prom a 2\n']);
  });

  it('stays as it was where another one cannot be written', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'ds01_policy.prom': 'a 1\n' });
    chmodSync(folder, 0o555);
    const written = unprivilegedAsync(() => writeMetrics(folder, 'a 2\n'));
    await expect(written).rejects.toThrow(/^write metrics: EACCES: permission denied/);
    expect(contentsOf(folder)).toEqual(['0644 ds01_policy.prom a 1\n']);
  });

  it('needs its folder, and says how to do without', async () => {
    const folder = join(temporaryFolder(), 'none');
    const written = writeMetrics(folder, 'a 1\n');
    await expect(written).rejects.toThrow(HostFailure);
    await expect(written).rejects.toThrow(
      `write metrics: there is no folder ${folder}; install node_exporter with its textfile collector, or take \`metrics\` out of the configuration`,
    );
  });

  it('is never written through a link, or in the place of something else', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    mkdirSync(join(folder, 'other/ds01_policy.prom'), { recursive: true });
    writeFiles(folder, { elsewhere: 'mine\n', file: '' });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'real/ds01_policy.prom'));
    const before = contentsOf(folder);
    for (const [name, message] of [
      ['link', `${folder}/link is a symbolic link: write where it leads to instead`],
      ['real', `${folder}/real/ds01_policy.prom is not a file: take it away`],
      ['other', `${folder}/other/ds01_policy.prom is not a file: take it away`],
    ] as const) {
      const written = writeMetrics(join(folder, name), 'a 1\n');
      await expect(written).rejects.toThrow(HostRefusal);
      await expect(written).rejects.toThrow(message);
    }
    await expect(writeMetrics(join(folder, 'file'), 'a 1\n')).rejects.toThrow(/^write metrics: ENOTDIR/);
    expect(contentsOf(folder)).toEqual(before);
  });
});
