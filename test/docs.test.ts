import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { policyReadme } from './support/policy-readme.ts';
import { REPOSITORY } from './support/repository.ts';

it('policy/README.md has every field and every rule with its message; if not, run `npm run generate`', async () => {
  const path = join(REPOSITORY, 'policy/README.md');
  await expect(policyReadme(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path);
});
