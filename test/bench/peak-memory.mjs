// Loaded in front of a measured program: leaves its peak memory, in KiB, in the file that PEAK_MEMORY names.
import { writeFileSync } from 'node:fs';

process.on('exit', () =>
  writeFileSync(process.env.PEAK_MEMORY ?? 'peak-memory', String(process.resourceUsage().maxRSS)),
);
