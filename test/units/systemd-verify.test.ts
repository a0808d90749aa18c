import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import { SLICE_FIELD_NAMES } from '../../scripts/policy/fields.ts';
import { DIRECTIVES } from '../../scripts/units/directives.ts';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { POLICY } from '../support/repository.ts';
import { groupText, memberText, resolveFiles, resolvePolicy } from '../support/resolve-policy.ts';
import { HAS_SYSTEMD, verifyUnits } from '../support/systemd.ts';

const NOTHING = { exitCode: 0, said: '' };

const EVERY_FIELD = `\
cpu_quota: 1600%, cpu_weight: 200, memory_high: 28.5G, memory_max: 1.5T, memory_swap_max: 262145.25K, tasks_max: 65536,
    io_weight: 50, io_read_bandwidth_max: { /dev/sda: 1.5G, /dev/disk/by-id/a_b.c:d-e: 1.25K },
    io_write_bandwidth_max: { /dev/nvme0n1: 999999.75T }, allowed_cpus: "0-31,64,127"`;
const EVERY_FIELD_UNLIMITED = `\
cpu_quota: unlimited, memory_high: unlimited, memory_max: unlimited, memory_swap_max: unlimited, tasks_max: unlimited,
    io_read_bandwidth_max: unlimited, io_write_bandwidth_max: unlimited, allowed_cpus: unlimited`;

describe.skipIf(!HAS_SYSTEMD)('systemd-analyze verify', () => {
  it('has nothing to say about the policy of record', async () => {
    expect(await verifyUnits(render(resolveFiles(readPolicyFolder(POLICY))))).toEqual(NOTHING);
  });

  it('has nothing to say about the policy of the tests', async () => {
    expect(await verifyUnits(render(resolvePolicy()))).toEqual(NOTHING);
  });

  it('has nothing to say about a policy that uses every field in every scope', async () => {
    const own = `expires: never\nlimits:\n  per_member: { ${EVERY_FIELD} }\n`;
    const units = render(
      resolvePolicy({
        'groups/student.yaml': groupText(EVERY_FIELD, `  per_member: { ${EVERY_FIELD_UNLIMITED} }\n`),
        'groups/researcher.yaml': groupText(EVERY_FIELD_UNLIMITED, `  per_member: { ${EVERY_FIELD} }\n`),
        'members/204214.yaml': memberText('204214', 'researcher', own),
      }),
    );
    const own204214 = units.find(({ path }) => path === `ds01-researcher-204214.slice.d/${DROP_IN}`);
    for (const field of SLICE_FIELD_NAMES) expect(own204214?.text).toContain(`\n${DIRECTIVES[field].name}=`);
    expect(await verifyUnits(units)).toEqual(NOTHING);
  });

  it('has nothing to say about generated policies', async () => {
    for (const model of fc.sample(policyModels, { numRuns: 5, seed: 20_251_205 })) {
      expect(await verifyUnits(render(resolveFiles(policyFilesOf(model), TODAY)))).toEqual(NOTHING);
    }
  });

  it.each([
    ['a lower-case g', 'MemoryMax=32g', 'Invalid memory limit'],
    ['a quota without %', 'CPUQuota=1600', 'Invalid CPU quota'],
    ['a word for no limit that is not systemd’s', 'TasksMax=unlimited', 'Invalid maximum tasks value'],
    ['a Slice= line', 'Slice=ds01.slice', 'Failed to assign slice'],
    ['a key that does not exist', 'TaskMax=1', 'Unknown key'],
  ])('complains about %s, also in a drop-in: the tests above can fail', async (_title, line, complaint) => {
    for (const path of ['ds01-student.slice', `ds01-researcher-.slice.d/${DROP_IN}`]) {
      const units = render(resolvePolicy()).map((unit) => {
        return unit.path === path ? { path, text: unit.text.replace('[Slice]\n', `[Slice]\n${line}\n`) } : unit;
      });
      const { said, exitCode } = await verifyUnits(units);
      expect(said).toContain(complaint);
      expect(said).toContain(path);
      expect(exitCode).toBe(1);
    }
  });
});
