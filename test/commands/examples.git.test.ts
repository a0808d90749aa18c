import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { FollowedPlace } from './followed-place.ts';
import { PROGRAM } from './world.ts';

// Examples of the help that are about a host which follows a repository.
describe.concurrent.each([
  ['apply', / --at /],
  ['status', / --verified-within /],
  // The access log is that of a checkout: access-log.git.test.ts.
  ['history', /^(?!.* --policy)/],
  ...['fetch', 'sync', 'pause', 'resume', 'trust'].map((verb) => [verb, /./] as const),
] as const)('the help of %s', (verb, which) => {
  it('has examples that work on such a host', async () => {
    const { stdout } = await runCli([verb, '--help']);
    const [, list = ''] = stdout.split('\nexamples\n');
    const examples = list
      .trimEnd()
      .split('\n')
      .filter((example) => which.test(example));
    expect(examples.length).toBeGreaterThan(0);
    const place = await FollowedPlace.following();
    // The program has the clock of this machine.
    place.now = new Date();
    await place.tick();
    // One after the other: each leaves the host as the next one may find it.
    for (const example of examples) {
      const line = example
        .replace(/^ {2}ds01-policy /, '')
        .replace(' --root /srv/image', '')
        .replace(/5feceb66[0-9a-f…]+/, place.standing.applied?.commit ?? '');
      const run = await place.shell(`${PROGRAM} ${line} --root root`);
      expect(run, example).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});
