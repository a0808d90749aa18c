import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/bundle.mjs';
import { REPOSITORY } from '../support/repository.ts';
import { makeImage } from './image.ts';

declare module 'vitest' {
  interface ProvidedContext {
    image: Awaited<ReturnType<typeof makeImage>>;
  }
}

/** Makes the image once, with the program as a host gets it, and with policy/. */
export default async function setup(project: TestProject): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-program-'));
  const program = join(folder, 'ds01-policy.mjs');
  writeFileSync(program, bundle(REPOSITORY, 'scripts/cli.ts'));
  project.provide('image', await makeImage(program));
  rmSync(folder, { recursive: true });
}
