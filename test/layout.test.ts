// The architecture, as sentences that are true. Whoever has to change one of them changes the architecture.
import { describe, expect, it } from 'vitest';
import { FORBIDDEN, readModules, scriptFiles, scriptText } from './support/imports.ts';

type Part =
  | 'policy'
  | 'units'
  | 'follow'
  | 'review'
  | 'diagnosis'
  | 'site'
  | 'report'
  | 'host'
  | 'cli'
  | 'verb'
  | 'main'
  | 'start';

/** Which part may use which others: when the program runs, and as types. A part may always use itself. */
const MAY_USE: Readonly<Record<Part, { readonly running: readonly Part[]; readonly types: readonly Part[] }>> = {
  // PURE: what the YAML says, and whether it may say so. It knows nothing of what is done with it.
  policy: { running: [], types: [] },
  // PURE: what systemd should hold.
  units: { running: ['policy'], types: ['policy'] },
  // PURE: which commit a host follows, and what it does next.
  follow: { running: ['policy'], types: ['policy', 'units'] },
  // PURE: what a change of policy does to whom, and what has to be said about it before it is merged.
  review: { running: ['policy', 'units'], types: ['policy', 'units', 'follow'] },
  // PURE: why work is slow, by what the kernel counts.
  diagnosis: { running: ['policy', 'units'], types: ['policy', 'units', 'follow'] },
  // PURE: what a new policy repository begins with.
  site: { running: ['policy'], types: ['policy'] },
  // PURE: data to text. It knows the words of policy, and the shape of everything else.
  report: { running: ['policy'], types: ['policy', 'units', 'follow', 'review', 'diagnosis'] },
  // EFFECTS: the machine. Of what it moves, it knows the meaning of its own records only.
  host: { running: ['follow'], types: ['policy', 'units', 'follow', 'review', 'diagnosis'] },
  // The frame of all verbs, and the stages that more than one of them puts in a row.
  cli: {
    running: ['policy', 'units', 'follow', 'review', 'diagnosis', 'site', 'report', 'host'],
    types: ['policy', 'units', 'follow', 'review', 'diagnosis', 'site', 'report', 'host'],
  },
  // One verb: it only puts stages in a row.
  verb: {
    running: ['policy', 'units', 'follow', 'review', 'diagnosis', 'site', 'report', 'host', 'cli'],
    types: ['policy', 'units', 'follow', 'review', 'diagnosis', 'site', 'report', 'host', 'cli'],
  },
  // The only one that knows the verbs.
  main: { running: ['verb', 'cli', 'policy', 'report', 'host'], types: ['cli', 'report'] },
  // What `npm start` does, with the program as a program.
  start: { running: [], types: [] },
};

/** What a report may use of policy when it runs: how things are called and spelled. */
const WORDS_OF_POLICY = ['policy/fields.ts', 'policy/values.ts'];

/** Each package has one home: the rest of the program does not know that it is used. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  'ajv/dist/2020.js': ['policy/schema-problem.ts', 'policy/schema.ts'],
  esbuild: ['bundle.mjs'],
  execa: [
    ...['host/ask-program.ts', 'host/git.ts', 'host/journal-log.ts', 'host/lock.ts'],
    'host/run-program.ts',
    'package.mjs',
  ],
  'fastest-levenshtein': ['policy/nearest.ts'],
  'simple-git': ['host/checkout.ts'],
  yaml: ['policy/source.ts', 'policy/walk.ts'],
  zx: ['start.ts'],
};

/** Of node itself, the pure parts use one thing: digests. */
const PURE_MODULES = ['node:crypto'];

const PURE: readonly Part[] = ['policy', 'units', 'follow', 'review', 'diagnosis', 'site', 'report'];
const START = ['start.ts', 'run.mjs', 'bundle.mjs', 'bin.mjs', 'package.mjs'];

function partOf(file: string): Part {
  const [folder = '', name] = file.split('/');
  if (name !== undefined) return folder as Part;
  if (START.includes(file)) return 'start';
  return file === 'cli.ts' ? 'main' : 'verb';
}

const modules = await readModules();
const files = scriptFiles();
const own = modules.imports.filter(({ isPackage, to }) => !isPackage && !to.startsWith('../'));
const packages = modules.imports.filter(({ isPackage }) => isPackage).sort((a, b) => (a.from < b.from ? -1 : 1));

describe('this test', () => {
  it('sees all files and imports, those of types and those that are made late', () => {
    expect([...modules.codes.keys()].sort()).toEqual(files);
    expect(own).toContainEqual(edge('units/guards.ts', 'policy/resolve.ts', true));
    expect(own).toContainEqual(edge('units/plan.ts', 'units/diff.ts', false));
    expect(own).toContainEqual(edge('host/policy-folder.ts', 'policy/load.ts', true));
    expect(own).toContainEqual(edge('cli.ts', 'plan.ts', false));
    expect(own).toContainEqual(edge('apply.ts', 'cli/apply-commit.ts', false));
    expect(packages.map(({ to }) => to)).toEqual(expect.arrayContaining(['node:crypto', 'yaml', 'esbuild']));
  });

  it('knows all parts', () => {
    expect([...new Set(files.map(partOf))].sort()).toEqual(Object.keys(MAY_USE).sort());
  });

  function edge(from: string, to: string, typesOnly: boolean) {
    return { from, to, typesOnly, isPackage: false };
  }
});

describe('imports go one way', () => {
  it.each(Object.keys(MAY_USE) as Part[])('%s', (part) => {
    const wrong = own.filter(({ from, to, typesOnly }) => {
      const other = partOf(to);
      return partOf(from) === part && other !== part && !MAY_USE[part][typesOnly ? 'types' : 'running'].includes(other);
    });
    expect(wrong).toEqual([]);
  });

  it('no verb knows another, and nobody but cli.ts knows a verb', () => {
    expect(own.filter(({ from, to }) => partOf(to) === 'verb' && from !== 'cli.ts')).toEqual([]);
  });

  it('host and report do not know each other, not even their types', () => {
    const pairs = own.map(({ from, to }) => `${partOf(from)} ${partOf(to)}`);
    expect(pairs).not.toContain('host report');
    expect(pairs).not.toContain('report host');
  });

  it('reports use of policy only its words', () => {
    const used = own.filter(({ from, to, typesOnly }) => {
      return partOf(from) === 'report' && partOf(to) === 'policy' && !typesOnly;
    });
    expect([...new Set(used.map(({ to }) => to))].sort()).toEqual(WORDS_OF_POLICY);
  });

  it('no file needs itself to be there first, by whatever way round', () => {
    const running = own.filter(({ typesOnly }) => !typesOnly);
    const edges = new Map(files.map((file) => [file, running.filter(({ from }) => from === file).map(({ to }) => to)]));
    const reach = (from: string, seen = new Set<string>()): ReadonlySet<string> => {
      for (const file of edges.get(from) ?? []) if (!seen.has(file)) reach(file, seen.add(file));
      return seen;
    };
    expect(files.filter((file) => reach(file).has(file))).toEqual([]);
  });
});

describe('packages', () => {
  it('have one home each', () => {
    const used = packages.filter(({ to }) => !to.startsWith('node:'));
    const homes = Object.keys(HOMES).map((name) => {
      return [name, used.filter(({ to }) => to === name).map(({ from }) => from)] as const;
    });
    expect(Object.fromEntries(homes)).toEqual(HOMES);
    expect(used.filter(({ to }) => !(to in HOMES))).toEqual([]);
  });

  it('are known in schema-problem.ts only by the type of an error', () => {
    const used = packages.filter(({ from, to }) => from === 'policy/schema-problem.ts' && to.startsWith('ajv'));
    expect(used.map(({ typesOnly }) => typesOnly)).toEqual([true]);
  });

  it('call programs without a shell, and nothing else does', () => {
    expect(packages.filter(({ to }) => /^(node:)?child_process$/.test(to))).toEqual([]);
    for (const file of files.filter((name) => partOf(name) === 'host')) {
      expect(modules.codes.get(file)).not.toMatch(/\bshell: |\bexecaCommand|\$`/);
    }
  });
});

describe('what is pure has no surroundings', () => {
  const pure = files.filter((file) => PURE.includes(partOf(file)));

  it('no files, no network, no programs', () => {
    const used = packages.filter(({ from, to }) => pure.includes(from) && to.startsWith('node:'));
    expect([...new Set(used.map(({ to }) => to))]).toEqual(PURE_MODULES);
  });

  it.each(Object.values(FORBIDDEN))('%s', (name) => {
    expect(pure.filter((file) => modules.codes.get(file)?.includes(name))).toEqual([]);
  });

  it('no clock: which day it is, it is told', () => {
    expect(pure.filter((file) => /new Date(\(\)|(?!\())/.test(modules.codes.get(file) ?? ''))).toEqual([]);
  });

  it('and this would be seen', () => {
    expect(modules.codes.get('cli.ts')).toContain('FORBIDDEN_process');
    expect(modules.codes.get('cli.ts')).toContain('new Date()');
  });
});

describe('files', () => {
  it('have 250 lines at most', () => {
    expect(files.filter((file) => scriptText(file).trimEnd().split('\n').length > 250)).toEqual([]);
  });

  it('of verbs have 60', () => {
    const verbs = files.filter((file) => partOf(file) === 'verb');
    expect(verbs.filter((file) => scriptText(file).trimEnd().split('\n').length > 60)).toEqual([]);
  });

  it('are called in kebab case, and not by what anything could be called', () => {
    const names = files.map((file) => file.replace(/^.*[/]/, '').replace(/([.]d)?[.][a-z]+$/, ''));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
    expect(names.filter((name) => /(^|-)(utils?|helpers?|types?|managers?|common|misc)$/.test(name))).toEqual([]);
  });

  it('have no default export, and hand nothing on that is not theirs', () => {
    const exported = [...modules.exports].filter(([, names]) => names.includes('default'));
    expect(exported).toEqual([]);
    expect(files.filter((file) => /^export [^;]* from /m.test(modules.codes.get(file) ?? ''))).toEqual([]);
  });

  it('say of everything they export what it is', () => {
    const silent = files.flatMap((file) => {
      const lines = scriptText(file).split('\n');
      const exports = lines.flatMap((line, index) => (/^export /.test(line) ? [index] : []));
      return exports.filter((index) => !/[*][/]$/.test(lines[index - 1] ?? '')).map((index) => `${file}:${index + 1}`);
    });
    expect(silent).toEqual([]);
  });
});
