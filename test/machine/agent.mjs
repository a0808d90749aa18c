// Runs inside the machine: takes one program at a time as a line of JSON from the second serial port, and answers with
// what it did. Nothing of the project is in here, so that the suite decides what happens.
import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

const port = process.argv[2] ?? '/dev/ttyS1';
const answers = createWriteStream(port);
answers.write('{"ready":true}\n');
for await (const line of createInterface({ input: createReadStream(port) })) {
  const { id, file, args, input = '', timeout } = JSON.parse(line);
  answers.write(`${JSON.stringify({ id, ...(await run(file, args, input, timeout)) })}\n`);
}

/** @type {(file: string, args: string[], input: string, timeout: number) => Promise<object>} */
function run(file, args, input, timeout) {
  return new Promise((done) => {
    const child = spawn(file, args, { timeout, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => done({ exitCode: null, stdout: '', stderr: String(error) }));
    child.on('close', (exitCode) => done({ exitCode, stdout, stderr }));
    // A program that does not read its input closes it.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
