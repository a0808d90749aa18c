// Runs a TypeScript program of this repository: `node scripts/run.mjs scripts/cli.ts …`.
//
// Node 20 cannot read TypeScript, and hooks that translate it module by module cost more than the program itself. So the
// program is bundled into one file, as a host gets it, and kept under the digest of everything that goes into it: it is
// never out of date, later runs cost no bundling, and any number of runs can do this at once.
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(repository, 'node_modules', '.cache', 'ds01-policy');

const [node = '', , entry = 'scripts/cli.ts', ...args] = process.argv;
const kept = join(cache, `${digestOfInputs()}.mjs`);
const file = isReadable(kept) ? kept : await makeFile();
process.argv = [node, file, ...args];
await import(pathToFileURL(file).href);

function digestOfInputs() {
  const hash = createHash('sha256').update(`${process.version} ${entry}`);
  const folders = new Set(['.github', 'scripts', 'schemas', dirname(entry)]);
  for (const path of ['package-lock.json', 'package.json', ...[...folders].flatMap(filesBelow)].sort()) {
    // A package has no lock file.
    if (path !== 'package-lock.json' || existsSync(join(repository, path))) {
      hash.update(`\0${path}\0`).update(readFileSync(join(repository, path)));
    }
  }
  return hash.digest('hex');
}

/** @type {(folder: string) => string[]} */
function filesBelow(folder) {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    return item.isDirectory() ? filesBelow(path) : [path];
  });
}

async function makeFile() {
  const { bundle } = await import('./bundle.mjs');
  const text = bundle(repository, entry);
  try {
    keep(text);
    return kept;
  } catch {
    // Installed by somebody else, or read-only: then this run has a file of its own.
    return writeForThisRun(text);
  }
}

/** @type {(text: Uint8Array) => void} */
function keep(text) {
  mkdirSync(cache, { recursive: true });
  // What was bundled of earlier states of the checkout; a run that began a day ago has long read its file.
  for (const name of readdirSync(cache)) {
    // Another run may have renamed or removed it since.
    const written = statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (written < Date.now() - 86_400_000) rmSync(join(cache, name), { force: true });
  }
  // Written under a name of its own first: another run never reads half a file.
  const temporary = `${kept}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, kept);
}

/** @type {(text: Uint8Array) => string} */
function writeForThisRun(text) {
  // Nobody else can write there, so nobody else decides what runs.
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'ds01-policy.mjs'), text);
  return join(folder, 'ds01-policy.mjs');
}

/** @type {(path: string) => boolean} */
function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
