import { createHash } from 'node:crypto';
import type { HistoryRecord } from '../follow/record.ts';
import { readCopy } from '../host/backup.ts';
import { readHistoryLines } from '../host/history.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { systemd } from '../host/systemd.ts';
import { type Order, settle, transact } from '../host/transaction.ts';
import type { UnitWrite } from '../host/unit-files.ts';
import type { HostReader } from '../host/unit-folder.ts';
import { indexUnits } from '../units/layers.ts';
import { CGROUP_FILES, type CgroupSurvey, SHOWN_PROPERTIES } from '../units/live.ts';
import { memoryBelowUse } from '../units/running.ts';
import { isMarked } from '../units/unit-text.ts';

/** What is done for the units of a host to be as they were before policy: their own text back, or gone. */
export async function restoringChanges(reader: HostReader): Promise<readonly UnitWrite[]> {
  const copies = await findCopies(reader.root);
  const changes = await Promise.all(
    ownUnits(reader).map(async ({ path, text }): Promise<UnitWrite> => {
      const folder = copies.get(path);
      if (folder === undefined) return { kind: 'remove', path, before: text };
      return { kind: 'update', path, before: text, after: await readCopy(reader.root, folder, path) };
    }),
  );
  return [...changes.filter(({ kind }) => kind === 'update'), ...changes.filter(({ kind }) => kind === 'remove')];
}

/** The unit files of a host that this program wrote. */
export function ownUnits(reader: HostReader): readonly { readonly path: string; readonly text: string }[] {
  return reader
    .readUnits()
    .flatMap((file) => (file.kind === 'file' && !file.path.startsWith('/') && isMarked(file.text) ? [file] : []));
}

// The newest copy of each unit that was taken over: what somebody had written last.
async function findCopies(root: string): Promise<ReadonlyMap<string, string>> {
  const records = (await readHistoryLines(root)).map((line) => JSON.parse(line) as HistoryRecord);
  const copies = new Map<string, string>();
  for (const record of records) {
    if (record.kind !== 'apply' || record.result !== 'applied' || record.backup === undefined) continue;
    for (const { kind, path } of record.changes) if (kind === 'adopt') copies.set(path, record.backup);
  }
  return copies;
}

/**
 * Makes these changes, all or none, and has systemd and the kernel follow. No slice is stopped. Only for the holder of the
 * lock. Throws HostRefusal where the kernel would kill programs, and HostFailure.
 */
export async function restoreSlices(
  reader: HostReader,
  changes: readonly UnitWrite[],
  now: Date,
  word: { readonly by: string; readonly reason: string },
): Promise<void> {
  const surveys = await surveySites(reader, changes);
  assertHarmless(reader, changes, surveys);
  const running = surveys.flatMap(({ slices }) => slices.map(({ name }) => name));
  const judge = {
    ...(reader.live && {
      reload: async () => {
        await systemd.reload();
        await systemd.enforce(running);
      },
    }),
    findUnenforced: async () => [],
  };
  await settle(reader.root, judge);
  await transact(reader.root, { ...judge, ...orderOf(reader, changes, now, word) }, now);
}

function orderOf(
  reader: HostReader,
  changes: readonly UnitWrite[],
  now: Date,
  word: { readonly by: string; readonly reason: string },
): Pick<Order, 'about' | 'changes' | 'findRemaining'> {
  const about = {
    policy: { commit: null, why: word.reason },
    cause: 'by-hand',
    day: now.toISOString().slice(0, 10),
    digest: createHash('sha256').update(JSON.stringify(changes)).digest('hex'),
    changes: changes.map(({ kind, path }) => ({ kind, path })),
    ...word,
  } as const;
  return { about, changes, findRemaining: async () => ownUnits(reader).map(({ path }) => `${path} is still there`) };
}

async function surveySites(reader: HostReader, changes: readonly UnitWrite[]): Promise<readonly CgroupSurvey[]> {
  const { live } = reader;
  if (!live) return [];
  const sites = new Set(changes.map(({ path }) => path.split(/[-.]/, 1).join('')));
  const question = { units: [], properties: SHOWN_PROPERTIES, cgroupFiles: CGROUP_FILES, devices: [] };
  const surveys = await Promise.all([...sites].map((site) => live.observe({ site, ...question })));
  return surveys.map(({ cgroup }) => cgroup);
}

function assertHarmless(reader: HostReader, changes: readonly UnitWrite[], surveys: readonly CgroupSurvey[]): void {
  const texts = new Map(reader.readUnits().flatMap((file) => (file.kind === 'file' ? [[file.path, file.text]] : [])));
  for (const change of changes) {
    if ('after' in change) texts.set(change.path, change.after);
    else texts.delete(change.path);
  }
  const after = indexUnits([...texts].map(([path, text]) => ({ path, text })));
  for (const survey of surveys) {
    const guard = memoryBelowUse(after, survey, () => true);
    if (guard)
      throw new HostRefusal(`putting the units back ${guard.message}; end that work first, or leave the slices`);
  }
}
