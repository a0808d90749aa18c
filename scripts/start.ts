import { mkdir } from 'node:fs/promises';
import { $, chalk, type ProcessOutput } from 'zx';

// `npm start`: the whole way from policy to units, with a directory in the place of a host. A second run shows what a
// host does every minute: nothing.
const root = '.demo-root';
const policy = ['node', 'scripts/run.mjs', 'scripts/cli.ts'];
const colours = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
const run = $({ env: { ...process.env, ...colours }, nothrow: true, quiet: true });

await mkdir(root, { recursive: true });
show(`plan --root ${root}`, await run`${policy} plan --root ${root}`);
const { digest } = (await run`${policy} plan --root ${root} --format json`).json<{ digest: string }>();
show(`apply --root ${root} --expect ${digest}`, await run`${policy} apply --root ${root} --expect ${digest}`, lastLine);
show(`status --root ${root}`, await run`${policy} status --root ${root}`);
process.stdout.write(`${chalk.bold('next')}

what an account has, and which line of YAML says so:
  npm run -s ds01-policy -- explain 204214
the files that a host would get:
  ls -R ${root}/etc/systemd/system
raise a limit, one line of YAML, and see what that changes on a host, and what a reviewer is told:
  npm run -s ds01-policy -- set-limit researcher per_group.tasks_max 131072 --no-commit --acknowledge
  npm run -s ds01-policy -- plan --root ${root}
  npm run -s ds01-policy -- plan --base HEAD
`);

function show(command: string, result: ProcessOutput, choose = (text: string): string => text): void {
  process.stdout.write(
    `${chalk.bold(`$ npm run -s ds01-policy -- ${command}`)}\n\n${choose(result.stdout)}${result.stderr}\n`,
  );
  if (result.exitCode !== 0) process.exit(result.exitCode ?? 70);
}

// The plan was shown just before.
function lastLine(text: string): string {
  return `${text.trimEnd().split('\n').at(-1)}\n`;
}
