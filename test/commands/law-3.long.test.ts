import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { contents, listing, memberFile, memberFiles, Place, PROGRAM, UNITS } from './world.ts';

const MEMBERS = 160;
const limits = (size: string) => `expires: never\nlimits:\n  per_member: { memory_max: ${size} }\n`;
const LAB = 'description: The lab\nlimits:\n  per_group: { cpu_quota: 800%, memory_max: 32G, tasks_max: 65536 }\n';

const OLD = memberFiles(MEMBERS, 'researcher', (index) => (index % 4 === 0 ? limits('8G') : 'expires: never\n'));

/** Of every four members: one gets other limits, one moves, two stay; ten are gone; and a group is new. */
const NEW: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    Object.entries(OLD).map(([path, text], index) => {
      const name = path.replace(/^members\/|\.yaml$/g, '');
      if (index < 10) return [path, undefined];
      if (index % 4 === 0) return [path, memberFile(name, 'researcher', limits('16G'))];
      return [path, index % 4 === 1 ? memberFile(name, 'lab') : text];
    }),
  ),
  'groups/lab.yaml': LAB,
};

/** What is in the unit folder: temporary files, files that are new, and how many of the old ones are gone. */
interface Found {
  readonly temporary: number;
  readonly created: number;
  readonly removed: number;
}

// What others have done on the host: a unit of the new group by hand, and a limit by `systemctl set-property`.
const BY_HAND = `${UNITS}/ds01-lab.slice`;
const SET = 'etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';

async function hostOfOthers(): Promise<Place> {
  const place = await Place.applied(OLD);
  place.write(`root/${BY_HAND}`, '[Slice]\nTasksMax=512\n');
  place.write(`root/${SET}`, '[Slice]\nTasksMax=1024\n');
  place.policy(NEW);
  return place;
}

const APPLY = 'apply --root root --adopt';

const STATE = [
  'lib',
  'lib/ds01-policy',
  'lib/ds01-policy/backup',
  'lib/ds01-policy/history.jsonl',
  'lib/ds01-policy/lock',
];

const isTemporary = (name: string) => name.endsWith('.ds01-policy-tmp');

function look(place: Place, old: ReadonlySet<string>): Found {
  const names = Object.keys(place.units());
  const temporary = names.filter((name) => isTemporary(name)).length;
  const kept = names.filter((name) => old.has(name)).length;
  return { temporary, created: names.length - temporary - kept, removed: old.size - kept };
}

/** Loaded before the program: kills it, as `kill -9` does, when it is about to do something for the n-th time. */
function killer(call: 'open' | 'rename' | 'rm', n: number): string {
  const code = `import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const { ${call}: original } = fs;
let count = 0;
fs.${call} = (path, ...rest) => {
  if (/${call === 'open' ? 'ds01-policy-tmp$' : 'systemd.system'}/.test(path) && ++count === ${n}) process.kill(process.pid, 'SIGKILL');
  return original(path, ...rest);
};
syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

describe('Law 3: apply, killed at any moment', () => {
  let wanted: Place;

  beforeAll(async () => {
    wanted = await hostOfOthers();
    expect((await wanted.run(APPLY)).exitCode).toBe(0);
  }, 60_000);

  // 76 files are written beside the others, then 76 renamed, then 51 removed; the last is not in the unit folder.
  it.concurrent.each([
    ['open', 1, { temporary: 0, created: 0, removed: 0 }],
    ['open', 25, { temporary: 24, created: 0, removed: 0 }],
    ['open', 76, { temporary: 75, created: 0, removed: 0 }],
    ['rename', 1, { temporary: 76, created: 0, removed: 0 }],
    ['rename', 2, { temporary: 75, created: 1, removed: 0 }],
    ['rename', 60, { temporary: 17, created: 38, removed: 0 }],
    ['rename', 76, { temporary: 1, created: 38, removed: 0 }],
    ['rm', 1, { temporary: 0, created: 38, removed: 0 }],
    ['rm', 25, { temporary: 0, created: 38, removed: 24 }],
    ['rm', 50, { temporary: 0, created: 38, removed: 49 }],
    ['rm', 51, { temporary: 0, created: 38, removed: 50 }],
  ] as const)('before it calls %s for the time number %i', async (call, n, found) => {
    const place = await hostOfOthers();
    const before = place.units();
    const names = new Set(Object.keys(before));
    const killed = await place.run(APPLY, { NODE_OPTIONS: killer(call, n) });
    expect(killed).toEqual({ exitCode: undefined, stdout: '', stderr: '' });
    expect(look(place, names)).toEqual(found);
    const after = wanted.units();
    // Nothing half-written is where systemd would load it: every unit is the old one or the new one.
    const wrong = Object.entries(place.units()).filter(
      ([path, text]) => !isTemporary(path) && text !== before[path] && text !== after[path],
    );
    expect(wrong).toEqual([]);
    // The lock goes with the process, as soon as the kernel has closed its files.
    let run = await place.run(APPLY);
    for (let attempt = 0; run.exitCode === 75 && attempt < 20; attempt++) {
      await wait(50);
      run = await place.run(APPLY);
    }
    const settled =
      /^the apply of \S+ was ended half-way: its (changes were taken back first|files were complete, .*)\n$/;
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(settled),
    });
    expect(contents(place.at('root/etc'))).toEqual(contents(wanted.at('root/etc')));
    const state = listing(place.at('root/var')).map(({ path }) => path);
    const isCopy = (path: string) => path.startsWith('lib/ds01-policy/backup/');
    expect(state.filter((path) => !isCopy(path))).toEqual(STATE);
    // The copies of the killed run went with it; those of the run that worked are there.
    const { backup } = place.history().at(-1) ?? {};
    expect(state.filter((path) => path.split('/').length === 4)).toEqual([`lib/ds01-policy/${backup}`]);
    expect(state).toEqual(expect.arrayContaining([BY_HAND, SET].map((path) => `lib/ds01-policy/${backup}/${path}`)));
    // What was ended half-way is in the history as that, and then what was done.
    expect(place.history().map(({ result }) => result)).toEqual(['applied', 'restored', 'applied']);
  });

  // A limit on the size of files ends a process in the middle of a write: setrlimit(2), SIGXFSZ. In units of 512 bytes.
  it.concurrent.each([
    ['with its first byte', 0, 0],
    ['with the record, when all units are in their places', 32, 100],
  ])('%s', async (_when, blocks, records) => {
    const place = await Place.applied();
    const before = contents(place.at('root/etc'));
    const history = place.at('root/var/lib/ds01-policy/history.jsonl');
    // A history so long that its next record is more than the process may write to one file.
    appendFileSync(history, readFileSync(history, 'utf8').repeat(records));
    place.edit('groups/student.yaml', '65536', '131072');
    const undisturbed = await Place.applied();
    undisturbed.edit('groups/student.yaml', '65536', '131072');
    const [killed] = await Promise.all([
      place.shell(`ulimit -f ${blocks}; ulimit -c 0; ${PROGRAM} apply --root root; echo $?`),
      undisturbed.run('apply --root root'),
    ]);
    expect(killed.stdout).toMatch(/^(153|159)\n$/);
    // The first byte is one of the journal: nothing has been changed by then.
    if (records === 0) expect(contents(place.at('root/etc'))).toEqual(before);
    else expect(contents(place.at('root/etc'))).toEqual(contents(undisturbed.at('root/etc')));
    const { exitCode, stdout } = await place.run('apply --root root');
    expect(exitCode, stdout).toBe(0);
    expect(contents(place.at('root/etc'))).toEqual(contents(undisturbed.at('root/etc')));
    // Nor has half a record been left behind that would spoil the next.
    place.edit('groups/student.yaml', '131072', '65536');
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(place.history().length).toBe(3 + records);
  });

  it.concurrent('does not disturb those who only look', async () => {
    const place = await Place.applied(OLD);
    place.policy(NEW);
    const runs = [place.run('apply --root root')];
    for (const _ of [1, 2]) {
      runs.push(place.run('plan --root root'), place.run('status --root root --format json'));
      await wait(150);
    }
    const codes = (await Promise.all(runs)).map(({ exitCode }) => exitCode);
    expect(codes.filter((code) => code !== 0 && code !== 2)).toEqual([]);
  });
});
