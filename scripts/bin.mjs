#!/usr/bin/env node
// `ds01-policy` where this repository is a dependency of another one. Node reads no TypeScript below node_modules.
process.argv.splice(2, 0, 'scripts/cli.ts');
await import('./run.mjs');
