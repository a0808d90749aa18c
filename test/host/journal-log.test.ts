import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { logToJournal } from '../../scripts/host/journal-log.ts';
import { contentsOf, temporaryFolder } from '../support/temporary-folder.ts';

const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

const FIELDS = [
  ['MESSAGE', 'applied: $(id) `id` "x" é'],
  ['PRIORITY', '6'],
] as const;

/** A machine on which journald listens, with a logger(1) of our own; gives its folder. */
function machine(script: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'logger'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'logger'), 0o755);
  writeFileSync(join(folder, 'socket'), '');
  process.env.PATH = `${folder}:${PATH}`;
  return folder;
}

function log(folder: string, fields: readonly (readonly [string, string])[] = FIELDS): Promise<string | undefined> {
  return logToJournal(fields, join(folder, 'socket'));
}

describe('an entry of the journal', () => {
  it('is given to logger(1) field by field, as it is', async () => {
    const folder = machine('echo "$@" > "$0.args"; cat > "$0.input"');
    expect(await log(folder)).toBeUndefined();
    expect(readFileSync(join(folder, 'logger.args'), 'utf8')).toBe('--journald\n');
    expect(readFileSync(join(folder, 'logger.input'), 'utf8')).toBe('MESSAGE=applied: $(id) `id` "x" é\nPRIORITY=6\n');
  });

  it('is left out where no journald listens', async () => {
    const folder = machine('cat > "$0.input"');
    expect(await logToJournal(FIELDS, join(folder, 'none'))).toBeUndefined();
    expect(contentsOf(folder).map((line) => line.split(' ')[1])).toEqual(['logger', 'socket']);
  });

  it.each([
    [['MESSAGE', 'one\nPRIORITY=0']],
    [['MESSAGE', 'one\r']],
    [['MESSAGE', 'one\0']],
    [['MESSAGE=x\nA', 'one']],
    [['_UID', '0']],
    [['', 'one']],
  ] as const)('is not begun with %j, which would be another field or none', async (field) => {
    const folder = machine('cat > "$0.input"');
    expect(await log(folder, [...FIELDS, field])).toBe(
      `cannot log to the journal: ${JSON.stringify(field)} is not a field on one line`,
    );
    expect(contentsOf(folder).map((line) => line.split(' ')[1])).toEqual(['logger', 'socket']);
  });

  it('that cannot be made gives the reason', async () => {
    expect(await log(machine('echo no journal >&2; exit 1'))).toBe(
      'cannot log to the journal: logger(1) failed: no journal',
    );
    expect(await log(machine('exit 3'))).toMatch(/^cannot log to the journal: logger[(]1[)] failed: .*exit code 3/);
    const folder = machine('');
    process.env.PATH = '/nowhere';
    expect(await log(folder)).toBe(
      'cannot log to the journal: logger(1) is not installed; it is in bsdutils or util-linux',
    );
  });
});
