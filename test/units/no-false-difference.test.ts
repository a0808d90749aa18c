import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldValue, SLICE_FIELD_NAMES, SLICE_FIELDS, type SliceField } from '../../scripts/policy/fields.ts';
import { readValue } from '../../scripts/policy/values.ts';
import { DIRECTIVES } from '../../scripts/units/directives.ts';
import { type Verification, verify } from '../../scripts/units/enforcement.ts';
import { indexUnits } from '../../scripts/units/layers.ts';
import { loadedSlices } from '../../scripts/units/live.ts';
import { cgroups, shownBlock } from '../support/live-survey.ts';
import { DEVICES, filesV1, filesV2, type Habits, USUAL, type Values } from '../support/printed-limits.ts';

const SLICE = 'ds01-student.slice';

// What a policy file may say, of every limit.
const fraction = fc.constantFrom('', '.5', '.25', '.75');
const amount = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fraction, fc.constantFrom('K', 'M', 'G', 'T'));
const unlimited = fc.constant('unlimited');
const size = fc.oneof(
  { weight: 9, arbitrary: amount.map((parts) => parts.join('')) },
  { weight: 1, arbitrary: unlimited },
);
const weight = fc.integer({ min: 1, max: 10_000 });
const rates = fc.oneof(
  unlimited,
  fc.dictionary(
    fc.constantFrom(...DEVICES.keys()),
    amount.map((parts) => parts.join('')),
    { minKeys: 1 },
  ),
);
const cpus = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 });
const RAW: Readonly<Record<SliceField, fc.Arbitrary<unknown>>> = {
  cpu_quota: fc.oneof(
    unlimited,
    fc.oneof(fc.integer({ min: 1, max: 9_999_999 }), fc.integer({ min: 1, max: 999 })).map((n) => `${n}%`),
  ),
  cpu_weight: weight,
  memory_high: size,
  memory_max: size,
  memory_swap_max: size,
  tasks_max: fc.oneof(unlimited, fc.integer({ min: 1, max: 4_194_304 })),
  io_weight: weight,
  io_read_bandwidth_max: rates,
  io_write_bandwidth_max: rates,
  allowed_cpus: fc.oneof(
    unlimited,
    cpus.map((list) => list.sort((a, b) => a - b).join(',')),
    fc.tuple(fc.nat(8000), fc.nat(191)).map(([first, more]) => `${first}-${first + more}`),
  ),
};

function readField<F extends SliceField>(field: F, raw: unknown): FieldValue<F> {
  const reading = readValue(SLICE_FIELDS[field], raw);
  if (!reading.ok) throw new Error(reading.message);
  return reading.value as FieldValue<F>;
}

const values: fc.Arbitrary<Values> = fc.record(RAW).map((raw) => {
  return Object.fromEntries(SLICE_FIELD_NAMES.map((field) => [field, readField(field, raw[field])]));
});
const habits: fc.Arbitrary<Habits> = fc.record({
  period: fc.constantFrom(1000, 10_000, 33_333, 100_000, 250_000, 1_000_000),
  page: fc.constantFrom(4096, 16_384, 65_536),
  noWeight: fc.constantFrom('[not set]', '18446744073709551615'),
});

function textOf(wanted: Values): string {
  const lines = SLICE_FIELD_NAMES.flatMap((field) => {
    const { name, print } = DIRECTIVES[field];
    return field in wanted ? print(wanted[field] as never).map((line) => `${name}=${line}`) : [];
  });
  return `[Slice]\n${lines.join('\n')}\n`;
}

interface Host {
  readonly systemd: Values;
  readonly kernel: Values;
  readonly habits?: Habits;
  readonly version?: 'v1' | 'v2';
}

function held(wanted: Values, { systemd, kernel, habits: how = USUAL, version = 'v2' }: Host): Verification {
  const files = version === 'v2' ? filesV2(kernel, how) : filesV1(kernel, how);
  return verify([...loadedSlices(shownBlock(SLICE, systemd, {}, how)).values()], {
    files: indexUnits([{ path: SLICE, text: textOf(wanted) }]),
    units: [SLICE],
    cgroup: cgroups({ [SLICE]: { files } }, { version }),
    isOurs: () => true,
    placeOf: () => undefined,
  });
}

describe('no false difference: what policy can say, systemd and the kernel print in another way', () => {
  // Each run holds ten limits: 10,000 values.
  it.each([
    ['v2', 700],
    ['v1', 300],
  ] as const)('and it is the same limit (cgroup %s)', (version, numRuns) => {
    fc.assert(
      fc.property(values, habits, (wanted, how) => {
        const { drift, inKernel, unenforced } = held(wanted, { systemd: wanted, kernel: wanted, habits: how, version });
        expect(drift).toEqual([]);
        expect(inKernel.slices).toBe(1);
        const nowhere = ['MemoryHigh', 'MemorySwapMax', 'IOWeight', 'AllowedCPUs'];
        for (const { key } of unenforced) expect([version, nowhere.includes(key)]).toEqual(['v1', true]);
      }),
      { numRuns },
    );
  });

  it('also where the file says nothing, and nothing is limited', () => {
    for (const version of ['v1', 'v2'] as const) {
      expect(held({}, { systemd: {}, kernel: {}, version })).toMatchObject({ drift: [], unenforced: [] });
    }
  });
});

// Two values of one limit that are no equals, on any host.
const pairs = fc.constantFrom(...SLICE_FIELD_NAMES).chain((field) => {
  return fc
    .tuple(values, RAW[field], habits)
    .map(([wanted, raw, how]) => ({ field, wanted, other: { ...wanted, [field]: readField(field, raw) }, how }))
    .filter(
      ({ wanted, other, how }) =>
        filesV2(wanted, { ...how, page: 65_536 })[FILES[field]] !==
        filesV2(other, { ...how, page: 65_536 })[FILES[field]],
    );
});
const FILES: Readonly<Record<SliceField, string>> = {
  cpu_quota: 'cpu.max',
  cpu_weight: 'cpu.weight',
  memory_high: 'memory.high',
  memory_max: 'memory.max',
  memory_swap_max: 'memory.swap.max',
  tasks_max: 'pids.max',
  io_weight: 'io.weight',
  io_read_bandwidth_max: 'io.max',
  io_write_bandwidth_max: 'io.max',
  allowed_cpus: 'cpuset.cpus',
};

describe('no difference is missed', () => {
  it('between a file and systemd: nobody has told it to read the file', () => {
    fc.assert(
      fc.property(pairs, ({ field, wanted, other, how }) => {
        const { drift } = held(wanted, { systemd: other, kernel: other, habits: how });
        expect(drift.length).toBeGreaterThan(0);
        for (const { key, origin } of drift)
          expect([key.replace(/ .*/, ''), origin]).toEqual([DIRECTIVES[field].name, 'not-loaded']);
      }),
      { numRuns: 300 },
    );
  });

  it('between systemd and the kernel: somebody wrote to the cgroup', () => {
    fc.assert(
      fc.property(pairs, ({ field, wanted, other, how }) => {
        const { drift } = held(wanted, { systemd: wanted, kernel: other, habits: how });
        expect(drift.length).toBeGreaterThan(0);
        for (const { key, origin } of drift)
          expect([key.replace(/ .*/, ''), origin]).toEqual([DIRECTIVES[field].name, 'kernel']);
      }),
      { numRuns: 300 },
    );
  });
});
