import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostFailure } from './host-failure.ts';
import { runProgram } from './run-program.ts';
import { makeFolder, removeFile, writeWhole } from './unit-files.ts';
import { STATE_FOLDER } from './unit-folder.ts';

/** What may change the state of systemd. Only `apply` is given one. */
export interface SystemdWriter {
  /** Has systemd read all unit files again: systemctl(1), daemon-reload. Up to 252 that brings limits into force at once. */
  reload(): Promise<void>;
  /**
   * Has systemd write the limits that it holds of these slices into the kernel. 257 reads changed files in a reload, and
   * writes what they say only when something else happens to the slice. Changes no limit and starts nothing.
   */
  enforce(slices: readonly string[]): Promise<void>;
}

// Milliseconds. A reload reads every unit of the machine again, and a busy machine takes its time.
const PATIENCE = { show: 30_000, verify: 60_000, reload: 180_000 } as const;
const UNITS_AT_ONCE = 2000;
/** For programs of systemd: plain text, whatever the terminal and the language of the user are. */
export const ENVIRONMENT = {
  LC_ALL: 'C',
  SYSTEMD_COLORS: '0',
  SYSTEMD_LOG_COLOR: '0',
  SYSTEMD_PAGER: '',
  // What systemd ignores is a warning, and has to reach us whatever the user's surroundings say.
  SYSTEMD_LOG_LEVEL: 'notice',
  SYSTEMD_LOG_TARGET: 'console',
};

/** Prefix of the folder that new files are checked in, in the state folder. */
export const CHECK_FOLDER = 'check-';

/** The systemd that runs this machine. */
export const systemd: SystemdWriter = {
  async reload() {
    await run('systemctl', ['daemon-reload'], PATIENCE.reload);
  },
  async enforce(slices) {
    for (const slice of slices) {
      // What every slice of ours says already: systemd looks at the slice anew, and nothing is set that was not.
      await run('systemctl', ['set-property', '--runtime', '--', slice, 'TasksAccounting=yes'], PATIENCE.reload);
      await removeFile('/', `/run/systemd/system.control/${slice}.d/50-TasksAccounting.conf`);
    }
    // Or systemd would tell everybody who asks that its files have changed.
    await systemd.reload();
  },
};

/**
 * What `systemctl show` prints of units, in one call for any usual number of them. Units that do not run are loaded, which
 * changes nothing. Throws HostFailure.
 */
export async function showUnits(units: readonly string[], properties: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (let at = 0; at < units.length; at += UNITS_AT_ONCE) {
    const args = [
      'show',
      '--no-pager',
      `--property=${properties.join(',')}`,
      '--',
      ...units.slice(at, at + UNITS_AT_ONCE),
    ];
    const { stdout } = await run('systemctl', args, PATIENCE.show).catch((error: unknown) => {
      throw new HostFailure('ask systemd', 'untouched', error);
    });
    texts.push(stdout);
  }
  return texts.join('\n\n');
}

/**
 * Has systemd's own parser read unit files where nothing loads them. Throws with every line it ignores: what systemd
 * ignores is not in force. Old versions say so and exit 0, so that what counts is what is printed (systemd-analyze(1)); a
 * unit with a line that must be ignored is read along, as a proof that such lines are printed here.
 */
export async function checkUnits(
  root: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  const units = files.filter(({ path }) => !path.includes('/')).map(({ path }) => path);
  if (units.length === 0) return;
  const folder = await mkdtemp(join(root, STATE_FOLDER, CHECK_FOLDER));
  try {
    for (const { path, text } of [...files, CONTROL]) {
      await makeFolder(folder, dirname(path));
      await writeWhole(join(folder, path), text);
    }
    const args = ['verify', '--man=no', ...[...units, CONTROL.path].map((unit) => join(folder, unit))];
    const { stderr } = await run('systemd-analyze', args, PATIENCE.verify, false);
    const lines = stderr.split('\n').filter((line) => line.includes(`${folder}/`));
    const ignored = lines.filter((line) => !line.includes(`${folder}/${CONTROL.path}:`));
    if (ignored.length > 0) throw new Error(ignored.map((line) => line.replaceAll(`${folder}/`, '').trim()).join('; '));
    if (lines.length === 0)
      throw new Error(`systemd-analyze cannot read units here: ${stderr.trim() || 'it says nothing'}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// No site has a name with a capital letter.
const CONTROL = { path: 'Control.slice', text: '[Slice]\nMemoryMax=no-size\n' };

// An exit code other than 0 is an error, unless what the program says is all that counts.
async function run(file: string, args: readonly string[], timeout: number, reject = true) {
  return await runProgram(file, args, { timeout, env: ENVIRONMENT, anyExit: !reject });
}
