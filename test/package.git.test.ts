// The two ways in which another repository has this one as a dependency.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { PACKAGE, Workbench } from './commands/new-repository.ts';
import { Place, POLICY_OF_THE_TESTS } from './commands/world.ts';
import { likeMachine } from './support/install-root.ts';
import { REPOSITORY } from './support/repository.ts';

const VALIDATE = ['validate', '--policy', POLICY_OF_THE_TESTS];

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((path) => path.slice(folder.length + 1)).sort();
}

describe('the package of a release', () => {
  const bench = new Workbench();
  const installed = 'lab/node_modules/ds01-policy';
  beforeAll(async () => {
    mkdirSync(bench.at('lab'), { recursive: true });
    await bench.package('one');
    await bench.run('lab', 'npm', 'install', '--no-audit', '--no-fund', bench.at('one', PACKAGE));
  });

  it('is one program, and what editors and people need', () => {
    const schemas = readdirSync(join(REPOSITORY, 'schemas')).map((name) => `schemas/${name}`);
    const others = ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', 'ds01-policy.mjs', 'package.json'];
    expect(filesBelow(bench.at(installed))).toEqual([...others, ...schemas].sort());
    for (const file of ['LICENSE', 'README.md', ...schemas]) {
      expect(bench.text(installed, file)).toBe(readFileSync(join(REPOSITORY, file), 'utf8'));
    }
  });

  it('needs no other package, and runs nothing while it is installed', () => {
    expect(JSON.parse(bench.text(installed, 'package.json'))).toEqual({
      name: 'ds01-policy',
      version: packageJson.version,
      description: packageJson.description,
      license: packageJson.license,
      type: 'module',
      bin: { 'ds01-policy': 'ds01-policy.mjs' },
      engines: packageJson.engines,
    });
    expect(readdirSync(bench.at('lab/node_modules')).sort()).toEqual(['.bin', '.package-lock.json', 'ds01-policy']);
  });

  it('has the licenses of what is in it', () => {
    const text = bench.text(installed, 'THIRD-PARTY-LICENSES');
    for (const name of ['ajv', 'execa', 'simple-git', 'yaml']) {
      expect(text).toContain(`\n${name} ${packageJson.dependencies[name as 'ajv']}\n\n`);
    }
    // Those that are not in it are not named.
    for (const name of ['esbuild', 'zx', 'typescript']) expect(text).not.toMatch(new RegExp(`^${name} [0-9]`, 'm'));
  });

  it('starts as a program', async () => {
    expect(statSync(bench.at(installed, 'ds01-policy.mjs')).mode & 0o777).toBe(0o755);
    expect(await bench.run('lab', 'node_modules/.bin/ds01-policy', ...VALIDATE)).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
  });

  it('is what a host gets', async () => {
    const host = likeMachine(new Place());
    const args = ['--root', host.at('root'), '--host', 'ds01', '--remote', 'https://git.example.org/lab/policy.git'];
    const run = await bench.run('lab', 'node_modules/.bin/ds01-policy', 'install', ...args, '--yes');
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const program = host.at('root/usr/local/lib/ds01-policy/ds01-policy.mjs');
    expect(digestOf(program)).toBe(digestOf(bench.at(installed, 'ds01-policy.mjs')));
  });

  it('is the same bytes every time, whatever the umask, the time zone and the language are', async () => {
    const script = `umask 077; exec node '${join(REPOSITORY, 'scripts/package.mjs')}' "$0"`;
    const surroundings = { TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' };
    await execa('sh', ['-c', script, bench.at('two')], { env: surroundings, cwd: bench.folder });
    expect(digestOf(bench.at('two', PACKAGE))).toBe(digestOf(bench.at('one', PACKAGE)));
  });
});

describe('a commit of this repository', () => {
  const bench = new Workbench();
  const installed = 'lab/node_modules/ds01-policy';
  // As npm does with a dependency of git: it packs the checkout, and installs what that needs beside it.
  beforeAll(async () => {
    mkdirSync(bench.at('lab/node_modules/.bin'), { recursive: true });
    const args = ['pack', '--ignore-scripts', '--pack-destination', bench.folder];
    await execa('npm', args, { cwd: REPOSITORY });
    await bench.run('.', 'tar', '-xzf', PACKAGE, '-C', 'lab/node_modules');
    await bench.run('.', 'mv', 'lab/node_modules/package', installed);
    for (const name of Object.keys(packageJson.dependencies)) {
      symlinkSync(join(REPOSITORY, 'node_modules', name), bench.at('lab/node_modules', name));
    }
    symlinkSync(`../ds01-policy/${packageJson.bin['ds01-policy']}`, bench.at('lab/node_modules/.bin/ds01-policy'));
    await bench.run('lab', 'chmod', '755', 'node_modules/.bin/ds01-policy');
  });

  const run = (env: Readonly<Record<string, string>> = {}) => {
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return bench.run('lab', 'env', ...words, 'node_modules/.bin/ds01-policy', ...VALIDATE);
  };

  it('holds what the program is made of, and no tests', () => {
    const folders = new Set(filesBelow(bench.at(installed)).map((path) => path.replace(/[/].*/, '')));
    expect([...folders]).toEqual(['.github', 'LICENSE', 'README.md', 'package.json', 'schemas', 'scripts']);
  });

  it('is made into a program once', async () => {
    expect(await run()).toMatchObject({ exitCode: 0, stderr: '' });
    const cache = bench.at(installed, 'node_modules/.cache/ds01-policy');
    const [file = '', ...others] = readdirSync(cache);
    expect(others).toEqual([]);
    // What is there is used.
    writeFileSync(join(cache, file), 'process.stdout.write("kept");\n');
    expect((await run()).stdout).toBe('kept');
    rmSync(bench.at(installed, 'node_modules'), { recursive: true });
  });

  it('runs where it cannot keep anything, and leaves nothing behind', async () => {
    // In the way of the folder, also of root.
    writeFileSync(bench.at(installed, 'node_modules'), '');
    mkdirSync(bench.at('temporary'));
    expect(await run({ TMPDIR: bench.at('temporary') })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readdirSync(bench.at('temporary'))).toEqual([]);
    rmSync(bench.at(installed, 'node_modules'));
  });
});
