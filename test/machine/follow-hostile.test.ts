import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { FollowedHost } from './followed-host.ts';
import { studentText } from './host.ts';

// Who may push does not own the host, who fetches does not own root, and what fails leaves the host as it was.
const here = inject('ground').kind === 'image';
if (!here) console.warn('this machine is not ours to put a server on: hostile repositories are not tested');

let host: FollowedHost;
let before: ReadonlyMap<string, string>;

const STATE = '/var/lib/ds01-policy';
const FETCHED = '/var/lib/ds01-policy-fetch';
const QUOTA = 'cpu_quota: 1600%, memory_max: 32G';

beforeAll(async () => {
  if (!here) return;
  host = await FollowedHost.start();
  await host.makeRemote();
  await host.install();
  await host.run('systemctl', 'stop', 'ds01-policy.timer');
  await host.hold('ds01-student-a.slice');
  expect(await host.tick()).toBe(0);
  expect(await host.lastRun()).toMatchObject({ outcome: expect.stringContaining('applied and in force') });
});

beforeEach(async () => {
  if (here) before = await host.contents();
});

afterAll(async () => {
  await host?.stop();
});

/** A tick that refuses: exit 3, nothing changed, and everybody can see why. */
async function expectRefused(why: RegExp): Promise<void> {
  expect(await host.tick()).toBe(3);
  expect((await host.lastRun()).outcome).toMatch(why);
  expect(await host.contents()).toEqual(before);
  expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('65536');
  expect((await host.asNobody('status')).exitCode).toBe(2);
}

describe.skipIf(!here)('who may push', () => {
  it('cannot have anything applied that no listed key has signed, nor rewrite what was applied', async () => {
    const good = await host.git('rev-parse HEAD');
    await host.edit('groups/student.yaml', studentText(`${QUOTA}, tasks_max: 8192`));
    await host.push('Lower what students have', 'nobody');
    await expectRefused(/ is not signed: /);
    await host.push('Lower what students have', 'other', '--amend');
    await expectRefused(/Lower what students have/);
    await host.git(`reset -q --soft ${good}`);
    await host.push('Take the policy of record', 'signer', '--amend');
    await expectRefused(/does not descend from .* the branch was rewritten/);
    await host.git(`reset -q --hard ${good} && git push -q --force origin HEAD:main`);
    expect(await host.tick()).toBe(0);
    expect(await host.contents()).toEqual(before);
    expect((await host.asNobody('status')).exitCode).toBe(0);
  });
});

describe.skipIf(!here)('who fetches', () => {
  it('cannot have root run anything, whatever it writes into its own repository', async () => {
    const config = [
      '[core]',
      'fsmonitor = touch /srv/owned',
      'hooksPath = /tmp/hooks',
      '[gpg "ssh"]',
      'program = /tmp/own',
    ];
    await host.shell(
      `printf '#!/bin/sh\\nid -u >> /srv/owned\\n' > /tmp/own && chmod 755 /tmp/own && mkdir -p /tmp/hooks &&
       for hook in post-checkout post-merge reference-transaction; do cp /tmp/own /tmp/hooks/$hook; done &&
       printf '%s\\n' ${config.map((line) => `'${line}'`).join(' ')} >> ${FETCHED}/mirror.git/config`,
    );
    await host.edit('groups/student.yaml', studentText(`${QUOTA}, tasks_max: 131072`));
    await host.push('Let students have more tasks', 'openpgp');
    expect(await host.tick()).toBe(0);
    expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('131072');
    expect(await host.shell('cat /srv/owned 2>/dev/null; true')).not.toContain('0');
    await host.git('revert --no-edit -S HEAD && git push -q origin HEAD:main');
    expect(await host.tick()).toBe(0);
    expect(await host.contents()).toEqual(before);
  });

  it('cannot have root read or write anything else by what it leaves in the place of its files', async () => {
    await host.shell(`cp -a ${FETCHED}/branch.bundle ${FETCHED}/fetched.json /srv/`);
    for (const [index, trick] of ['ln -s /etc/shadow', 'mkfifo', 'mkdir'].entries()) {
      const said = { version: 1, at: '2026-01-01T00:00:00.000Z', commit: `${index}`.repeat(40) };
      await host.shell(
        `cd ${FETCHED} && rm -rf branch.bundle && ${trick} branch.bundle && echo '${JSON.stringify(said)}' > fetched.json`,
      );
      const { exitCode, stderr } = await host.machine.run('/usr/local/bin/ds01-policy', ['sync']);
      expect([trick, exitCode, stderr]).toEqual([trick, 3, expect.stringMatching(/is (a symbolic link|not a file)/)]);
    }
    await host.shell(`cd ${FETCHED} && rm -rf branch.bundle && cp -a /srv/branch.bundle /srv/fetched.json .`);
    expect(await host.tick()).toBe(0);
    expect(await host.contents()).toEqual(before);
  });
});

describe.skipIf(!here)('whatever fails', () => {
  it('a server that is gone is no reason to let the host go', async () => {
    await host.shell('pkill -f "[s]shd -p 2222"; true');
    await host.run('systemctl', 'set-property', 'ds01-student.slice', 'TasksMax=77');
    expect(await host.tick()).toBe(0);
    expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('65536');
    expect(await host.shell('systemctl show --value -p ExecMainStatus ds01-policy-fetch.service')).toBe('4');
    await host.shell('/usr/sbin/sshd -p 2222');
  });

  it('twenty starts at once are one run', async () => {
    const records = (await host.history()).length;
    await host.edit('groups/student.yaml', studentText(`${QUOTA}, tasks_max: 98304`));
    await host.push('Let students have a few more tasks');
    await host.run('systemctl', 'start', 'ds01-policy-fetch.service');
    const codes = await host.shell(
      'for i in $(seq 20); do { ds01-policy sync >/dev/null 2>&1; echo $?; } & done | sort -n | uniq -c; wait',
    );
    expect(codes).toMatch(/^\d+ 0(\n *\d+ 75)?$/);
    expect((await host.history()).length).toBe(records + 1);
    expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('98304');
  });

  it('a run that is killed half-way is settled by the next one', async () => {
    await host.git('revert --no-edit -S HEAD && git push -q origin HEAD:main');
    await host.run('systemctl', 'start', '--no-block', 'ds01-policy-apply.service');
    await host.until(`[ -e ${STATE}/journal.json ]`, 90);
    await host.shell('systemctl kill -s KILL ds01-policy-apply.service; sleep 1');
    expect(await host.tick()).toBe(0);
    expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('65536');
    expect((await host.asNobody('status')).exitCode).toBe(0);
    expect((await host.asNobody('history')).exitCode).toBe(0);
  });

  it('a full disk loses nothing, and the status says so', async () => {
    await host.shell(
      `cp -a ${STATE} /srv/state && mount -t tmpfs -o size=1M,mode=755 tmpfs ${STATE} && cp -a /srv/state/. ${STATE}/ &&
       (dd if=/dev/zero of=${STATE}/ballast bs=4k 2>/dev/null; true)`,
    );
    await host.edit('groups/student.yaml', studentText(`${QUOTA}, tasks_max: 131072`));
    await host.push('Let students have more tasks');
    expect(await host.tick()).toBe(4);
    expect(await host.contents()).toEqual(before);
    const { exitCode, stdout } = await host.asNobody('status');
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/no space left|the host failed/i);
    await host.shell(`rm ${STATE}/ballast; ds01-policy apply`);
    expect(await host.kernel('ds01-student.slice', 'pids.max')).toBe('131072');
    await host.shell(`cp -a ${STATE}/. /srv/state/ && umount ${STATE} && cp -a /srv/state/. ${STATE}/`);
    expect((await host.asNobody('history')).exitCode).toBe(0);
  });

  it('without its state the host says so, and does nothing', async () => {
    const held = await host.contents();
    await host.shell(`rm -rf ${STATE}`);
    expect(await host.tick()).toBe(3);
    expect((await host.lastRun()).outcome).toContain('no commit is trusted');
    expect(await host.contents()).toEqual(held);
    const newest = await host.git('rev-parse HEAD');
    await host.shell(`ds01-policy trust ${newest} --reason "the disk was replaced"`);
    expect(await host.tick()).toBe(0);
    expect((await host.asNobody('status')).exitCode).toBe(0);
    expect(await host.contents()).toEqual(held);
  });
});
