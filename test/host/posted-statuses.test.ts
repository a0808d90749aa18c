import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommitStatus } from '../../scripts/follow/commit-status.ts';
import type { StatusTarget } from '../../scripts/host/commit-status.ts';
import { reportStatuses } from '../../scripts/host/posted-statuses.ts';
import { type Answer, answer, created, statusServer } from '../support/status-server.ts';
import { contentsOf, temporaryFolder, unprivilegedAsync } from '../support/temporary-folder.ts';

const TOKEN = 'token_of_the_tests';
const NOW = new Date('2026-06-15T12:00:00Z');
const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
const APPLIED: CommitStatus = { commit: A, state: 'success', description: 'applied' };
const PENDING: CommitStatus = { commit: B, state: 'pending', description: 'paused' };

/** A host with a server that it reports to, whose answer can be another one each time. */
async function world(first: Answer = created) {
  let respond = first;
  const server = await statusServer((response, request) => respond(response, request));
  const folder = temporaryFolder();
  const target = { api: server.url, repository: 'example/policy', token: TOKEN, context: 'ds01-policy/gpu-1' };
  return {
    folder,
    answers: (next: Answer) => {
      respond = next;
    },
    /** Reports, and gives what went wrong, and the states that were sent. */
    async report(statuses: readonly CommitStatus[], more: Partial<StatusTarget> = {}, now = NOW) {
      const before = server.requests.length;
      const problems = await reportStatuses(folder, { ...target, ...more }, () => statuses, now);
      expect(problems.join('\n')).not.toContain(TOKEN);
      const sent = server.requests.slice(before).map(({ path, body }) => `${path.at(-1)} ${JSON.parse(body).state}`);
      return { problems: problems.map((problem) => problem.replaceAll(server.url, 'API')), sent };
    },
    async askedFor(): Promise<readonly string[]> {
      let asked: readonly string[] = [];
      const nothingToSay = (open: readonly string[]) => {
        asked = open;
        return [];
      };
      await reportStatuses(folder, target, nothingToSay, NOW);
      return asked;
    },
  };
}

const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('statuses of commits', () => {
  it('are posted once, and nobody is asked again while there is no news', async () => {
    const { report } = await world();
    expect(await report([PENDING, APPLIED])).toEqual({ problems: [], sent: ['b pending', 'a success'] });
    expect(await report([PENDING, APPLIED])).toEqual({ problems: [], sent: [] });
    expect(await report([])).toEqual({ problems: [], sent: [] });
  });

  it('are posted again when state or description is another', async () => {
    const { report } = await world();
    await report([PENDING]);
    const now = { ...PENDING, description: 'refused' };
    expect((await report([now])).sent).toEqual(['b pending']);
    expect((await report([{ ...now, state: 'failure' }, APPLIED])).sent).toEqual(['b failure', 'a success']);
  });

  it('are remembered in a file that does not have the token', async () => {
    const { report, folder } = await world();
    process.umask(0o077);
    await report([APPLIED]);
    expect(contentsOf(folder)).toEqual([expect.stringMatching(/^0644 posted[.]json /)]);
    expect(readFileSync(join(folder, 'posted.json'), 'utf8')).not.toContain(TOKEN);
  });

  it('are tried again the next time when they could not be posted', async () => {
    const { report, answers, folder } = await world(answer(500, '{"message": "down"}'));
    const problems = [`cannot post the status of ${B}: API answers 500: down`];
    // The next one would not fare better.
    expect(await report([PENDING, APPLIED])).toEqual({ problems, sent: ['b pending'] });
    expect(contentsOf(folder)).toEqual([]);
    answers(created);
    expect(await report([PENDING, APPLIED])).toEqual({ problems: [], sent: ['b pending', 'a success'] });
  });

  it('do not wait for one whose commit the server does not know', async () => {
    const { report, answers } = await world((response, { path }) => {
      response.writeHead(path.endsWith(B) ? 422 : 201).end('{"message": "No commit found"}');
    });
    const problems = [`cannot post the status of ${B}: API answers 422: No commit found`];
    expect(await report([PENDING, APPLIED])).toEqual({ problems, sent: ['b pending', 'a success'] });
    answers(created);
    expect((await report([PENDING, APPLIED])).sent).toEqual(['b pending']);
  });

  it('wait as long as the server asks for, but not for ever', async () => {
    const { report, answers } = await world(answer(429, '{}', { 'retry-after': '86400' }));
    expect((await report([PENDING])).sent).toEqual(['b pending']);
    answers(created);
    for (const seconds of [1, 3599])
      expect(await report([PENDING], {}, later(seconds))).toEqual({ problems: [], sent: [] });
    expect((await report([PENDING], {}, later(3600))).sent).toEqual(['b pending']);
  });

  it('do not wait for a clock that was set back', async () => {
    const { report, answers } = await world(answer(429, '{}', { 'retry-after': '60' }));
    await report([PENDING]);
    answers(created);
    expect((await report([PENDING], {}, later(-7200))).sent).toEqual(['b pending']);
  });

  it('are said anew to another repository or under another name', async () => {
    const { report } = await world();
    await report([APPLIED]);
    expect((await report([APPLIED], { repository: 'example/other' })).sent).toEqual(['a success']);
    expect((await report([APPLIED], { repository: 'example/other', context: 'x' })).sent).toEqual(['a success']);
  });
});

describe('what was said', () => {
  it('tells which commits are still pending', async () => {
    const { report, askedFor } = await world();
    expect(await askedFor()).toEqual([]);
    await report([PENDING, APPLIED]);
    expect(await askedFor()).toEqual([B]);
    await report([{ ...PENDING, state: 'success' }]);
    expect(await askedFor()).toEqual([]);
  });

  it('is forgotten after fifty commits, the oldest first', async () => {
    const { report, folder } = await world();
    const many = Array.from({ length: 51 }, (_, index) => {
      return { ...APPLIED, commit: (100 - index).toString(16).padStart(40, '0') };
    });
    await report(many);
    const { said } = JSON.parse(readFileSync(join(folder, 'posted.json'), 'utf8'));
    expect(said.map(({ commit }: CommitStatus) => commit)).toEqual(
      many
        .slice(0, 50)
        .reverse()
        .map(({ commit }) => commit),
    );
  });

  it.each(['', '{', 'null', '{"version": 2, "said": []}', '{"version": 1}', '{"version": 1, "said": [null]}'])(
    'and is damaged (%s) is said again, with a word about it',
    async (text) => {
      const { report, folder } = await world();
      writeFileSync(join(folder, 'posted.json'), text);
      const { problems, sent } = await report([APPLIED]);
      expect(sent).toEqual(['a success']);
      expect(problems).toEqual([expect.stringMatching(/^cannot read which commit statuses were posted, so all are/)]);
      expect(await report([APPLIED])).toEqual({ problems: [], sent: [] });
    },
  );

  it('is never read through a link', async () => {
    const { report, folder } = await world();
    symlinkSync('/dev/zero', join(folder, 'posted.json'));
    expect((await report([APPLIED])).problems).toEqual([expect.stringMatching(/ELOOP/)]);
  });

  it('and cannot be written down is said again, with a word about it', async () => {
    const { report, folder } = await world();
    chmodSync(folder, 0o555);
    const { problems, sent } = await unprivilegedAsync(() => report([APPLIED]));
    expect(sent).toEqual(['a success']);
    expect(problems).toEqual([
      expect.stringMatching(/^cannot remember which commit statuses were posted, so they .*EACCES/),
    ]);
  });
});
