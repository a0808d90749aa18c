import { describe, expect, it } from 'vitest';
import { examineHost, type HostQuestion } from '../../scripts/cli/examine-host.ts';
import type { SightingWish } from '../../scripts/cli/take-sighting.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import { diagnose } from '../../scripts/diagnosis/diagnose.ts';
import { render } from '../../scripts/units/render.ts';
import { CONTAINER_ID, NOW, SCOPE } from '../support/case-fixture.ts';
import { type IncidentHost, incidentCase, incidentHost, SLOW, THREADS } from '../support/incidents.ts';
import { obedientHost } from '../support/live-survey.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;

function ask(host: IncidentHost, more: Partial<HostQuestion> = {}) {
  const wishes: SightingWish[] = [];
  const told: number[] = [];
  const question = { word: undefined, seconds: 7, now: new Date(NOW), label, lags: undefined, ...more };
  const look = async (wish: SightingWish, tell: (seconds: number) => void = () => undefined) => {
    wishes.push(wish);
    tell(wish.seconds);
    return host.sighting;
  };
  const found = examineHost(host.reader, host.resolved, { tell: (left) => told.push(left), ...question }, look);
  return { found, wishes, told };
}

describe('a machine that is looked at', () => {
  it('is looked at for as long as was asked, with all accounts of policy in mind, and a word that may be one', async () => {
    const { found, wishes, told } = ask(incidentHost(SLOW), { word: '100001' });
    const { focus, window, now } = await found;
    const policy = ['204214@hertie-school.lan', 's.kaiser@hertie-school.lan', 'datasciencelab@hertie-school.lan'];
    expect(wishes).toEqual([{ seconds: 7, accounts: expect.arrayContaining([...policy, '100001@hertie-school.lan']) }]);
    expect(wishes[0]?.accounts).toHaveLength(4);
    expect(told).toEqual([7]);
    expect(focus).toMatchObject({ kind: 'account', entitlement: { account: '100001@hertie-school.lan' } });
    expect({ window, now }).toEqual({ window: 5, now: NOW });
  });

  it('is the whole of it where nobody is named', async () => {
    const { found, wishes } = ask(incidentHost(SLOW), { lags: [] });
    const { focus, lags, placeText } = await found;
    expect({ focus, lags }).toEqual({ focus: undefined, lags: [] });
    expect(wishes[0]?.accounts).toHaveLength(3);
    expect(placeText({ file: 'groups/student.yaml', line: 3 })).toBe('policy/groups/student.yaml:3');
  });

  it('is about a container that is named, with whose it is', async () => {
    const { focus } = await ask(incidentHost(SLOW), { word: 'train' }).found;
    const entitlement = expect.objectContaining({ account: '100001@hertie-school.lan' });
    expect(focus).toEqual({ kind: 'container', id: CONTAINER_ID, name: 'train', entitlement });
  });

  it('is not looked at for a word that can be nothing, and a word that is nothing is refused', async () => {
    const hopeless = ask(incidentHost(SLOW), { word: '../x' });
    await expect(hopeless.found).rejects.toBeInstanceOf(UsageError);
    expect(hopeless.wishes).toEqual([]);
    await expect(ask(incidentHost(SLOW), { word: 'nobody' }).found).rejects.toThrow('"nobody" is no account');
  });

  it('asks Docker once, also where policy has to say what still runs in a slice that was left', async () => {
    const host = incidentHost(SLOW);
    const resolved = resolvePolicy({ 'members/100001.yaml': memberText('100001', 'researcher') });
    const left = { 'ds01-student-100001.slice': { work: [SCOPE] } };
    const live = { ...host.reader.live, observe: async () => obedientHost(render(resolved), left) };
    const reader = { ...host.reader, live } as IncidentHost['reader'];
    const { plan } = await ask({ ...host, resolved, reader }).found;
    expect(plan.draining).toMatchObject([{ slice: 'ds01-student-100001.slice', work: ['container train'] }]);
  });

  it('fails as what fails first', async () => {
    const host = incidentHost(SLOW);
    const readUnits = () => {
      throw new Error('no units');
    };
    await expect(ask({ ...host, reader: { ...host.reader, readUnits } }).found).rejects.toThrow('no units');
    // Whoever looks is told, and does not go on until all of the time is over.
    const question = {
      word: undefined,
      seconds: 600,
      now: new Date(NOW),
      label,
      lags: undefined,
      tell: () => undefined,
    };
    const stopped = new Promise((resolve) => {
      const reader = { ...host.reader, readUnits };
      const failed = examineHost(reader, host.resolved, question, (_wish, _tell, enough) => {
        return new Promise((_, reject) => {
          enough?.addEventListener('abort', () => {
            reject(new Error('nobody wants it'));
            resolve(failed.catch(({ message }) => message));
          });
        });
      });
    });
    expect(await stopped).toBe('no units');
    const { live: _live, ...directory } = host.reader;
    await expect(ask({ ...host, reader: directory }).found).rejects.toThrow('a machine that runs was expected');
  });
});

describe('the incidents of December 2025', () => {
  it('libgomp: the limit that somebody wrote for all students, first, with the line of policy', async () => {
    const [first] = diagnose(await incidentCase(THREADS)).causes;
    expect(first).toMatchObject({
      ...{ check: 'tasks-limit', subject: 'ds01-student.slice' },
      limit: { key: 'TasksMax', value: '512', place: { file: 'groups/student.yaml', line: 6 } },
    });
    expect(first?.limit?.origin).toContain('/etc/systemd/system/ds01-student.slice');
  });

  it('super slow: the quota that all students share, first, with the line of policy', async () => {
    const [first] = diagnose(await incidentCase(SLOW)).causes;
    expect(first).toMatchObject({
      ...{ check: 'cpu-throttling', subject: 'ds01-student.slice' },
      limit: { key: 'CPUQuota', value: '1600%', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } },
    });
    expect(first?.evidence[0]?.source).toBe('/sys/fs/cgroup/ds01.slice/ds01-student.slice/cpu.stat');
  });
});
