// What the yaml package alone needs for the files of a policy folder: the measure that the verbs are held against.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

for (const entry of readdirSync(process.argv[2] ?? 'policy', { recursive: true, withFileTypes: true })) {
  if (entry.name.endsWith('.yaml')) parseDocument(readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
