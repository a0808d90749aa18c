// `npm run bench`: whole processes, each held against what the yaml package alone needs to parse the same files. The
// programs take turns, so that a slower moment of the machine hits all of them; only ratios within one run are told.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const ROUNDS = 5;
const LARGEST_PEAK = 300;
const BOUNDS = { validate: 2.5, plan: 3.5 } as const;

interface Sample {
  readonly seconds: number;
  /** MiB. */
  readonly peak: number;
}

const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-bench-'));
let broken = 0;
try {
  for (const members of [1000, 10_000]) await bench(members);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = broken === 0 ? 0 : 1;

async function bench(members: number): Promise<void> {
  const policy = writePolicy(members);
  const root = join(folder, 'root');
  mkdirSync(root, { recursive: true });
  const programs = {
    parse: ['test/bench/parse-only.mjs', policy],
    validate: ['scripts/run.mjs', 'scripts/cli.ts', 'validate', '--policy', policy],
    plan: ['scripts/run.mjs', 'scripts/cli.ts', 'plan', '--policy', policy, '--root', root],
  };
  const rounds: { readonly [P in keyof typeof programs]: Sample }[] = [];
  // One more than counted: the first one warms the file cache and bundles the program.
  for (let round = 0; round <= ROUNDS; round++) {
    const parse = await measure(programs.parse);
    const validate = await measure(programs.validate);
    rounds.push({ parse, validate, plan: await measure(programs.plan) });
  }
  for (const verb of ['validate', 'plan'] as const) {
    const counted = rounds.slice(1);
    const ratio = median(counted.map((round) => round[verb].seconds / round.parse.seconds));
    tell(members, verb, ratio, Math.max(...counted.map((round) => round[verb].peak)));
  }
}

function tell(members: number, verb: keyof typeof BOUNDS, ratio: number, peak: number): void {
  const good = ratio <= BOUNDS[verb] && peak < LARGEST_PEAK;
  if (!good) broken++;
  const figures = `${ratio.toFixed(2)} × parsing alone (at most ${BOUNDS[verb]}), peak ${peak.toFixed(0)} MiB (below ${LARGEST_PEAK})`;
  process.stdout.write(
    `${good ? 'ok    ' : 'BROKEN'}  ${verb.padEnd(8)}  ${String(members).padStart(5)} members  ${figures}\n`,
  );
}

async function measure(args: readonly string[]): Promise<Sample> {
  const file = join(folder, 'peak');
  const begin = process.hrtime.bigint();
  await execa('node', ['--import', './test/bench/peak-memory.mjs', ...args], {
    stdout: 'ignore',
    env: { PEAK_MEMORY: file },
  });
  return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, peak: Number(readFileSync(file, 'utf8')) / 1024 };
}

function writePolicy(members: number): string {
  const policy = join(folder, `policy-${members}`);
  cpSync('policy', policy, { recursive: true });
  for (let number = 0; number < members - 2; number++) {
    const id = String(300_000 + number);
    const group = number % 3 === 0 ? 'student' : 'researcher';
    const lines = [
      '# yaml-language-server: $schema=../../schemas/member.schema.json',
      `accounts: [${id}@hertie-school.lan]`,
      `group: ${group}`,
      'reason: CPU-bound work, throttled at the student quota of 16 cores',
      'granted: 2025-12-05',
      'expires: 2096-03-31',
    ];
    writeFileSync(join(policy, 'members', `${id}.yaml`), `${lines.join('\n')}\n`);
  }
  return policy;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
