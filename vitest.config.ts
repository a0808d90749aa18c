import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs a machine of its own: npm run test:host.
    exclude: ['test/machine/**'],
    // A run that finds no test has not tested anything.
    passWithNoTests: false,
    testTimeout: 60_000,
    // Most of the time goes into processes that the tests start and wait for.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['scripts/policy/**', 'scripts/units/**'],
      reporter: ['text-summary', 'text'],
      // What decides about limits is tested in every branch; test/coverage-exceptions.test.ts counts the exceptions.
      thresholds: { branches: 100 },
    },
  },
});
