import { expect, it } from 'vitest';
import { withEventsBelow } from '../../scripts/diagnosis/memory-events.ts';
import { ACCOUNT, aMeter, CONTAINER, GROUP } from '../support/case-fixture.ts';

function meter(path: string, high: number, max: number, kills: number) {
  const [events, eventsEver] = [
    { high, max, kills },
    { high: high + 1, max: max + 1, kills: kills + 1 },
  ];
  return aMeter(path, { memory: { current: 1, held: 1, events, eventsEver } });
}

it('adds up what happened in a cgroup and below it, and nothing of its neighbours', () => {
  const uncounted = [aMeter(`${GROUP}/x.scope`), aMeter(`${GROUP}/y.scope`, { memory: { current: 1, held: 1 } })];
  const neighbour = meter(`${GROUP}x`, 100, 100, 100);
  const all = [meter(GROUP, 1, 2, 3), meter(ACCOUNT, 10, 20, 30), meter(CONTAINER, 0, 0, 5), neighbour, ...uncounted];
  const [group, account, container, ...others] = withEventsBelow(all);
  expect(group?.memory).toMatchObject({
    events: { high: 11, max: 22, kills: 38 },
    eventsEver: { high: 14, max: 25, kills: 41 },
  });
  expect(account?.memory).toMatchObject({
    events: { high: 10, max: 20, kills: 35 },
    eventsEver: { high: 12, max: 22, kills: 37 },
  });
  expect([container, ...others]).toEqual(all.slice(2));
});
