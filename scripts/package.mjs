// Makes the package that a policy repository installs: `npm run -s package -- DIR`.
//
// It holds the program as a host gets it, and what editors need. Nothing is installed beside it, nothing runs while it is
// installed, and the same commit gives the same bytes.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { bundle, bundledPackages } from './bundle.mjs';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const ENTRY = 'scripts/cli.ts';
const PROGRAM = 'ds01-policy.mjs';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('usage: node scripts/package.mjs DIR');
const { name, version, description, license, type, engines } = JSON.parse(read('package.json'));
const contents = mkdtempSync(join(tmpdir(), 'ds01-policy-package-'));
try {
  writePackage();
  mkdirSync(folder, { recursive: true });
  // Sorted, without times and owners: npm-pack(1).
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', resolve(folder)];
  await execa('npm', args, { cwd: contents, timeout: 60_000 });
  process.stdout.write(`${join(folder, `${name}-${version}.tgz`)}\n`);
} finally {
  rmSync(contents, { recursive: true, force: true });
}

function writePackage() {
  const packageJson = { name, version, description, license, type, bin: { [name]: PROGRAM }, engines };
  write('package.json', `${JSON.stringify(packageJson, null, 2)}\n`);
  const program = [Buffer.from('#!/usr/bin/env node\n'), bundle(repository, ENTRY)];
  write(PROGRAM, Buffer.concat(program), 0o755);
  write('THIRD-PARTY-LICENSES', licensesText());
  const schemas = readdirSync(join(repository, 'schemas')).map((file) => `schemas/${file}`);
  for (const file of ['LICENSE', 'README.md', ...schemas]) write(file, read(file));
}

// The licenses of the packages in the program ask to go with it.
function licensesText() {
  return bundledPackages(repository, ENTRY)
    .map((folder) => {
      const { name, version, license } = JSON.parse(read(`${folder}/package.json`));
      const file = readdirSync(join(repository, folder)).find((entry) => /^licen[cs]e([.](md|txt))?$/i.test(entry));
      const text = file === undefined ? `License: ${license}` : read(`${folder}/${file}`).trim();
      return `${name} ${version}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** @type {(path: string) => string} */
function read(path) {
  return readFileSync(join(repository, path), 'utf8');
}

/** @type {(path: string, content: string | Uint8Array, mode?: number) => void} */
function write(path, content, mode = 0o644) {
  const file = join(contents, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  // Whatever the umask is.
  chmodSync(file, mode);
}
