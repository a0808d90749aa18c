import { defineConfig } from 'vitest/config';

// `npm run test:host`: the suite that needs a machine with systemd. It boots one in software emulation.
export default defineConfig({
  test: {
    include: ['test/machine/**/*.test.ts'],
    globalSetup: 'test/machine/setup.ts',
    passWithNoTests: false,
    // Each file has a machine of its own, and each test is a part of its story. This very machine can tell one at a time.
    fileParallelism: process.env.DS01_POLICY_TEST_MACHINE !== 'this',
    maxWorkers: 2,
    sequence: { concurrent: false },
    bail: 1,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
