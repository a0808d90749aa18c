import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { askContainerNames } from '../../scripts/host/ask-container-names.ts';
import { patience } from '../../scripts/host/ask-program.ts';
import { otherPrograms } from '../support/other-programs.ts';

it('docker is asked for ids and names', async () => {
  const log = otherPrograms({ docker: 'printf "%s\\n" "$@" >LOG; echo "c0ffee train"' });
  const told = await askContainerNames(patience(20));
  expect(told).toMatchObject({ kind: 'told' });
  expect(told.kind === 'told' && told.value.trim()).toBe('c0ffee train');
  expect(readFileSync(log, 'utf8')).toBe('ps\n--no-trunc\n--format\n{{.ID}} {{.Names}}\n');
});

it('one that hangs is waited for as long as somebody has patience', async () => {
  otherPrograms({ docker: 'exec sleep 60' });
  expect(await askContainerNames(patience(0.2))).toEqual({
    kind: 'silent',
    why: 'docker did not answer within 0.2 s',
  });
});

it('or wants to know', async () => {
  const log = otherPrograms({ docker: 'echo $$ >LOG; exec sleep 60' });
  const enough = new AbortController();
  const begin = performance.now();
  const asked = askContainerNames(patience(60, enough.signal));
  setTimeout(() => enough.abort(), 500);
  expect(await asked).toEqual({ kind: 'silent', why: 'nobody wants what docker answers any more' });
  expect(performance.now() - begin).toBeLessThan(20_000);
  // Nothing of it is left.
  const pid = Number(readFileSync(log, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
