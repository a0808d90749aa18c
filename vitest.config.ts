import { configDefaults, defineConfig } from 'vitest/config';

const PURE = ['policy', 'units', 'follow', 'review', 'diagnosis', 'report', 'site'];
const pureTests = ['test/rules.test.ts', ...PURE.map((part) => `test/${part}/**/*.test.ts`)];
// Need a machine of their own, whole repositories, or many runs: npm run test:host, npm run test:git.
const elsewhere = [...configDefaults.exclude, 'test/machine/**', 'test/**/*.{git,long}.test.ts'];

export default defineConfig({
  // As the bundler has it: a file that is imported as a text is one.
  plugins: [
    { name: 'text', transform: (text, id) => (id.endsWith('.yml') ? `export default ${JSON.stringify(text)}` : null) },
  ],
  test: {
    // A run that finds no test has not tested anything.
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of the time goes into processes that the tests start and wait for.
    maxWorkers: '100%',
    projects: [
      // What has no effects needs no surroundings of its own: all files are read once.
      { extends: true, test: { name: 'pure', include: pureTests, exclude: elsewhere, isolate: false } },
      {
        extends: true,
        test: { name: 'effects', include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...pureTests] },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['policy', 'units', 'follow', 'review', 'diagnosis', 'site'].map((part) => `scripts/${part}/**`),
      reporter: ['text-summary', 'text'],
      // What decides about limits is tested in every branch; test/coverage-exceptions.test.ts counts the exceptions.
      thresholds: { branches: 100 },
    },
  },
});
