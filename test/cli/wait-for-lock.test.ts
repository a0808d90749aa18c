import { expect, it } from 'vitest';
import { waitForLock } from '../../scripts/cli/wait-for-lock.ts';
import { LockHeld } from '../../scripts/host/host-failure.ts';
import { holdingLock } from '../../scripts/host/state-lock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('waits for a run that is under way, and then does what is to be done once', async () => {
  const root = temporaryFolder();
  const order: string[] = [];
  let later: Promise<string> | undefined;
  await holdingLock(root, async () => {
    later = waitForLock(root, async () => {
      order.push('later');
      return 'done';
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    order.push('first');
  });
  expect(await later).toBe('done');
  expect(order).toEqual(['first', 'later']);
});

it('gives up when it does not end', async () => {
  const root = temporaryFolder();
  await holdingLock(root, async () => {
    await expect(waitForLock(root, async () => undefined, 100)).rejects.toBeInstanceOf(LockHeld);
  });
});

it('does not try again what has failed itself', async () => {
  let calls = 0;
  const failing = async () => {
    calls++;
    throw new Error('no');
  };
  await expect(waitForLock(temporaryFolder(), failing)).rejects.toThrow('no');
  expect(calls).toBe(1);
});
