import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { HostFailure, LockHeld } from '../../scripts/host/host-failure.ts';
import { takeLock } from '../../scripts/host/lock.ts';
import { REPOSITORY } from '../support/repository.ts';
import { contentsOf, temporaryFolder } from '../support/temporary-folder.ts';

const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

// Puts a flock of our own in front of the real one.
function replaceFlock(script: string): void {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'flock'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'flock'), 0o755);
  process.env.PATH = `${folder}:${PATH}`;
}

describe('the lock', () => {
  it('is held until it is released, and can be taken again then', async () => {
    const file = join(temporaryFolder(), 'lock');
    for (let round = 0; round < 3; round++) {
      const lock = await takeLock(file);
      await expect(takeLock(file)).rejects.toThrow(LockHeld);
      await lock.release();
    }
  });

  it('is refused at once while another one holds it: nobody waits in a queue', async () => {
    const file = join(temporaryFolder(), 'lock');
    const lock = await takeLock(file);
    const begin = performance.now();
    await expect(takeLock(file)).rejects.toThrow(`another run holds the lock ${file}`);
    expect(performance.now() - begin).toBeLessThan(5000);
    await lock.release();
  });

  it('goes to one of many that want it at the same time', async () => {
    const file = join(temporaryFolder(), 'lock');
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => takeLock(file)));
    const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(held.length).toBe(1);
    for (const reason of refused) expect(reason).toBeInstanceOf(LockHeld);
    await held[0]?.release();
  });

  it('is free when its holder was killed', async () => {
    const file = join(temporaryFolder(), 'lock');
    const program = ['scripts/run.mjs', 'test/support/hold-lock.ts', file];
    const holder = execa('node', program, { cwd: REPOSITORY, reject: false });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect(takeLock(file)).rejects.toThrow(LockHeld);
    holder.kill('SIGKILL');
    await holder;
    // cat ends when it has read the end of its input.
    await expect
      .poll(
        () =>
          takeLock(file)
            .then((lock) => lock.release())
            .then(
              () => 'free',
              () => 'held',
            ),
        { timeout: 10_000 },
      )
      .toBe('free');
  });

  it('does not care for a file that is left of a dead run, whatever is in it', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock'), '4711\n');
    await (await takeLock(join(folder, 'lock'))).release();
    expect(contentsOf(folder)).toEqual(['0600 lock 4711\n']);
  });

  it('is a file that nobody else can open: whoever can, could hold it', async () => {
    const file = join(temporaryFolder(), 'lock');
    const before = process.umask(0);
    await (await takeLock(file)).release().finally(() => process.umask(before));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o666);
    await (await takeLock(file)).release();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not made through a link', async () => {
    const folder = temporaryFolder();
    symlinkSync('elsewhere', join(folder, 'lock'));
    await expect(takeLock(join(folder, 'lock'))).rejects.toThrow(HostFailure);
    expect(contentsOf(folder)).toEqual(['link lock elsewhere']);
  });
});

describe('a host on which the lock cannot be taken', () => {
  const step = { name: 'HostFailure', step: 'take the lock', state: 'untouched' };

  it('has no folder for it', async () => {
    await expect(takeLock(join(temporaryFolder(), 'missing/lock'))).rejects.toMatchObject({
      ...step,
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('has no flock', async () => {
    const file = join(temporaryFolder(), 'lock');
    process.env.PATH = temporaryFolder();
    await expect(takeLock(file)).rejects.toMatchObject({
      ...step,
      message: 'take the lock: flock(1) is not installed; it is in the package util-linux',
    });
  });

  it('has a flock that fails, and says why', async () => {
    replaceFlock('echo "flock: no such thing" >&2; exit 71');
    await expect(takeLock(join(temporaryFolder(), 'lock'))).rejects.toMatchObject({
      ...step,
      message: 'take the lock: flock: no such thing',
    });
  });

  it('has a flock that ends without a word', async () => {
    replaceFlock('exit 1');
    await expect(takeLock(join(temporaryFolder(), 'lock'))).rejects.toMatchObject({
      ...step,
      message: expect.stringMatching(/^take the lock: .*exit code 1/),
    });
    replaceFlock('exit 0');
    await expect(takeLock(join(temporaryFolder(), 'lock'))).rejects.toMatchObject({
      ...step,
      message: 'take the lock: flock(1) ended at once',
    });
  });
});
