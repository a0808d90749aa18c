import { execa } from 'execa';
import type { Machine } from './machine.ts';

const PATIENCE = 120_000;

/**
 * The machine that the suite runs on, where systemd is its first process and somebody said that everything may be done to
 * it: a runner that is thrown away afterwards.
 */
export function thisMachine(home: string): Machine {
  return {
    home,
    node: process.execPath,
    async run(file, args, input = '') {
      const root = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive', '--'];
      const [program = file, ...rest] = [...root, file, ...args];
      const options = {
        input,
        timeout: PATIENCE,
        killSignal: 'SIGKILL',
        reject: false,
        stripFinalNewline: false,
      } as const;
      const { exitCode, stdout, stderr } = await execa(program, rest, options);
      return { exitCode: exitCode ?? null, stdout, stderr };
    },
    async close() {},
  };
}
