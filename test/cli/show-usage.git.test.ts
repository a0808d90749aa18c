import { expect, it } from 'vitest';
import { showUsage } from '../../scripts/cli/show-usage.ts';
import { plain } from '../../scripts/report/paint.ts';
import { otherPrograms } from '../support/other-programs.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

// A site that no machine has: what is seen of it is the same everywhere.
const policy = resolvePolicy();
const resolved = { ...policy, site: { ...policy.site, name: 'nowhere' } };
const question = { host: 'node1', resolved, showIdle: false };
const showing = { every: 1, once: true, format: 'json', paint: plain } as const;

it('one table needs one window, and no terminal', async () => {
  otherPrograms({ docker: 'true' });
  const begin = performance.now();
  const { at, window, tree, ...rest } = JSON.parse(await showUsage(question, showing));
  expect(rest).toEqual({ version: 1, host: 'node1', site: 'nowhere', focus: null, unknown: [] });
  // Containers that run on this machine are outside of it.
  expect((tree as readonly { readonly level: string }[]).filter(({ level }) => level !== 'outside')).toEqual([]);
  expect(window).toBeGreaterThan(0.9);
  expect(performance.now() - begin).toBeGreaterThan(900);
  expect(Date.parse(at)).toBeGreaterThan(Date.parse('2020-01-01'));
});

it('a Docker that hangs delays it by three seconds at most', async () => {
  otherPrograms({ docker: 'exec sleep 60' });
  const begin = performance.now();
  expect(await showUsage(question, { ...showing, format: 'text' })).toMatch(/^nowhere on node1, /);
  const seconds = (performance.now() - begin) / 1000;
  expect(seconds).toBeGreaterThan(2.9);
  expect(seconds).toBeLessThan(20);
});
