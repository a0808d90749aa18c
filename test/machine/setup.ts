import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/bundle.mjs';
import { REPOSITORY } from '../support/repository.ts';
import { fillHome, makeImage } from './image.ts';

/** What the suite runs on: an image to boot, or this machine with a folder of its own. */
export type Ground =
  | { readonly kind: 'image'; readonly kernel: string; readonly initrd: string; readonly program: string }
  | { readonly kind: 'this machine'; readonly home: string };

declare module 'vitest' {
  interface ProvidedContext {
    ground: Ground;
  }
}

/**
 * Makes the image once, with the program as a host gets it. With DS01_POLICY_TEST_MACHINE=this the suite does everything
 * that it does to this very machine instead, which systemd must run.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-machine-'));
  const program = join(folder, 'program.mjs');
  writeFileSync(program, bundle(REPOSITORY, 'scripts/cli.ts'));
  if (process.env.DS01_POLICY_TEST_MACHINE === 'this') {
    if (!existsSync('/run/systemd/system'))
      throw new Error('DS01_POLICY_TEST_MACHINE=this: systemd does not run this machine');
    await fillHome(join(folder, 'home'), program);
    project.provide('ground', { kind: 'this machine', home: join(folder, 'home') });
  } else {
    project.provide('ground', { kind: 'image', program, ...(await makeImage(program)) });
  }
  return () => rmSync(folder, { recursive: true });
}
