import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKS } from '../scripts/diagnosis/checks/index.ts';
import { doctorGuide, explainedChecks } from './support/doctor-guide.ts';
import { policyReadme } from './support/policy-readme.ts';
import { REPOSITORY } from './support/repository.ts';

const README = join(REPOSITORY, 'policy/README.md');
const GUIDE = join(REPOSITORY, 'docs/doctor.md');

it('policy/README.md has every field and every rule with its message; if not, run `npm run generate`', async () => {
  await expect(policyReadme(readFileSync(README, 'utf8'))).toMatchFileSnapshot(README);
});

it('docs/doctor.md has every check, and both incidents as they are told; if not, run `npm run generate`', async () => {
  await expect(await doctorGuide(readFileSync(GUIDE, 'utf8'))).toMatchFileSnapshot(GUIDE);
});

it('docs/doctor.md explains every check, in their order', () => {
  expect(explainedChecks(readFileSync(GUIDE, 'utf8'))).toEqual(CHECKS.map(({ id }) => id));
});
