import { takeLock } from '../../scripts/host/lock.ts';

// A program of its own, to be killed: takes the lock on a file and holds it until then.
const [, , file = ''] = process.argv;
await takeLock(file);
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
