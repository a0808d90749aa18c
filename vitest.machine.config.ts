import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The story that takes longest begins first, and the others are told beside it.
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => Number(moduleId.endsWith('/killed.test.ts'));
    return [...files].sort((a, b) => isLongest(b) - isLongest(a) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

// `npm run test:host`: the suite that needs machines with systemd. It boots them in software emulation.
export default defineConfig({
  test: {
    include: ['test/machine/**/*.test.ts'],
    globalSetup: 'test/machine/setup.ts',
    passWithNoTests: false,
    // Each file has a machine of its own, and each test is a part of its story. This very machine can tell one at a time.
    fileParallelism: process.env.DS01_POLICY_TEST_MACHINE !== 'this',
    maxWorkers: 2,
    sequence: { concurrent: false, sequencer: LongestFirst },
    bail: 1,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
