import { defineConfig } from 'vitest/config';

// `npm run test:host`: the suite that needs a machine with systemd. It boots one in software emulation.
export default defineConfig({
  test: {
    include: ['test/machine/**/*.test.ts'],
    globalSetup: 'test/machine/setup.ts',
    passWithNoTests: false,
    // One machine, and each test is a part of its story.
    fileParallelism: false,
    sequence: { concurrent: false },
    bail: 1,
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
