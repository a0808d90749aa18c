import { defineConfig } from 'vitest/config';

// `npm run test:git`: stories of whole repositories, which cost many processes of git, and what only takes long. Programs
// that sign and a server are used where they are installed.
export default defineConfig({
  test: {
    include: ['test/**/*.{git,long}.test.ts'],
    passWithNoTests: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%',
  },
});
