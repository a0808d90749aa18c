import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa, execaSync } from 'execa';

const version = execaSync('systemd-analyze', ['--version'], { reject: false }).stdout;

/** Whether systemd-analyze can say what it thinks of unit files. `--recursive-errors` is there since systemd 250. */
export const HAS_SYSTEMD = Number(/^systemd ([0-9]+)/.exec(String(version))?.[1] ?? 0) >= 250;

if (!HAS_SYSTEMD) console.warn('systemd-analyze 250 or newer is not installed: what systemd says is not tested');

/** What systemd-analyze says about units, drop-ins included: nothing and 0 if all is well. */
export async function verifyUnits(
  units: readonly { readonly path: string; readonly text: string }[],
): Promise<{ readonly exitCode: number | undefined; readonly said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
  try {
    for (const { path, text } of units) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const slices = units.flatMap(({ path }) => (path.includes('/') ? [] : [join(folder, path)]));
    const args = ['verify', '--recursive-errors=no', ...slices];
    const { exitCode, all } = await execa('systemd-analyze', args, { reject: false, all: true });
    return { exitCode, said: all };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
