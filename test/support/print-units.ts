import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { resolveFiles } from './resolve-policy.ts';

// A program of its own, for what a process decides only once: its time zone and its locale. Runs in the repository.
const resolved = resolveFiles(readPolicyFolder('test/commands/policy'));
const units = render(resolved).map(({ path, text }) => `${path}\n${text}`);
process.stdout.write(`${units.join('\n')}\n${plan([], resolved).digest}\n`);
