import { buildSync } from 'esbuild';

/**
 * Bundles a TypeScript program of this repository with everything it needs into one file, as a host gets it.
 *
 * @param {string} repository - the top of the checkout
 * @param {string} entry - the program, relative to it
 * @returns {Uint8Array} the text of an ES module for Node 20.19 or newer
 */
export function bundle(repository, entry) {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // Packages that are CommonJS inside ask for node's own modules with require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'error',
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`esbuild made nothing of ${entry}`);
  return output.contents;
}
