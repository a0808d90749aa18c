import { describe, expect, it } from 'vitest';
import { type Answer, answer, created, statusServer } from '../support/status-server.ts';
import { FollowedPlace } from './followed-place.ts';

const TOKEN = 'a-secret-that-nobody-may-see';

/** A host that follows a branch and tells a server, which answers as it is told. */
async function telling(respond: Answer) {
  const server = await statusServer((response, request) => respond(response, request));
  const api = server.url.replace('127.0.0.1', 'localhost');
  const place = await FollowedPlace.following({}, `commit_status: { api: "${api}", repository: lab/policy }\n`);
  place.write('credentials/commit-status-token', `${TOKEN}\n`);
  const fetch = async () => {
    const run = await place.run('fetch --root root', { CREDENTIALS_DIRECTORY: place.at('credentials') });
    expect(`${run.stdout}${run.stderr}`).not.toContain(TOKEN);
    return run;
  };
  /** What came since the last time, as `commit state`. */
  let told = 0;
  const heard = () => {
    const news = server.requests.slice(told);
    told += news.length;
    return news.map(({ method, path, headers, body }) => {
      expect({ method, authorization: headers.authorization }).toEqual({
        method: 'POST',
        authorization: `Bearer ${TOKEN}`,
      });
      const { state, context } = JSON.parse(body);
      expect(context).toBe('ds01-policy/ds01');
      return `${path.replace('/repos/lab/policy/statuses/', '')} ${state}`;
    });
  };
  return { place, fetch, heard };
}

describe('the status of a commit', () => {
  it('is told by the step that fetches: what waits, what is in force, what is refused, and each only once', async () => {
    const { place, fetch, heard } = await telling(created);
    const good = place.standing.applied?.commit;
    expect(await fetch()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(heard()).toEqual([`${good} success`]);
    await fetch();
    expect(heard()).toEqual([]);
    const bad = await place.change('groups/student.yaml', '65536', '512');
    await fetch();
    expect(heard()).toEqual([`${bad} pending`]);
    expect(await place.call('sync')).toMatchObject({ exitCode: 1 });
    await fetch();
    expect(heard()).toEqual([`${bad} failure`]);
  });

  it('that cannot be told is said, changes nothing, and is told by the next run', async () => {
    let respond: Answer = answer(500, `{"message": "the token ${TOKEN} is fine"}`);
    const { fetch, heard } = await telling((response, request) => respond(response, request));
    expect(await fetch()).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/500/) });
    expect(heard()).toHaveLength(1);
    respond = created;
    expect(await fetch()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(heard()).toEqual([expect.stringMatching(/^[0-9a-f]{40} success$/)]);
  });

  it('is told also where the repository cannot be reached, and not at all without a token', async () => {
    const { place, fetch, heard } = await telling(created);
    place.write('credentials/commit-status-token', '\n');
    expect(await fetch()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(heard()).toEqual([]);
    place.write('credentials/commit-status-token', TOKEN);
    await place.world.point('refs/heads/main', undefined);
    expect(await fetch()).toMatchObject({ exitCode: 3 });
    expect(heard()).toEqual([expect.stringMatching(/^[0-9a-f]{40} success$/)]);
  });
});
