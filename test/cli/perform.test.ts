import { describe, expect, it } from 'vitest';
import { perform, type Task } from '../../scripts/cli/perform.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';

function tasks(done: string[], failing: Error): readonly Task[] {
  const task = (kind: Task['kind'], what: string): Task => ({ kind, what, run: async () => void done.push(what) });
  return [
    task('same', 'a'),
    task('create', 'b'),
    task('keep', 'c'),
    {
      kind: 'do',
      what: 'd',
      run: async () => {
        throw failing;
      },
    },
    task('create', 'e'),
  ];
}

describe('perform', () => {
  it('takes the steps that change something, until one fails, and says that it can be taken up again', async () => {
    const done: string[] = [];
    const failure = await perform(tasks(done, new Error('no space')), 'run install').catch((error: unknown) => error);
    expect(done).toEqual(['b']);
    expect(failure).toBeInstanceOf(HostFailure);
    expect(failure).toMatchObject({
      state: 'broken',
      message: 'do d: no space; when that is mended, run install again: it goes on from here',
    });
  });

  it('knows that nothing was changed if the first of them fails', async () => {
    const [, , , failing] = tasks([], new Error('no space'));
    await expect(perform([failing!], 'run install')).rejects.toMatchObject({ state: 'untouched' });
  });

  it('leaves it to the first of them to say what state the host is in', async () => {
    for (const error of [new HostRefusal('no'), new HostFailure('x', 'restored', 'y')]) {
      const [, , , failing] = tasks([], error);
      await expect(perform([failing!], 'run install')).rejects.toBe(error);
    }
  });
});
