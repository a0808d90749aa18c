import fc from 'fast-check';
import { CONTAINER_FIELDS, SLICE_FIELDS } from '../../scripts/policy/fields.ts';
import type { Kind } from '../../scripts/policy/kinds.ts';

/** The limits that there are, each with its kind. */
export const FIELDS: Readonly<Record<string, Kind>> = { ...SLICE_FIELDS, ...CONTAINER_FIELDS };

/** The kinds that limits have. */
export const KINDS = [...new Set(Object.values(FIELDS))];

const digits = fc.oneof(
  fc.nat(9),
  fc.nat(9_999_999),
  fc.constantFrom(0, 1, 99_999, 100_000, 999_999, 1_000_000, 4_194_304, 4_194_305),
);
const fraction = fc.constantFrom('', '.5', '.25', '.75', '.50', '.3', '.', '.125');
const unit = fc.constantFrom(
  '',
  'K',
  'M',
  'G',
  'T',
  'k',
  'g',
  'GB',
  'GiB',
  '%',
  ' %',
  's',
  'min',
  'h',
  'd',
  'm',
  ' h',
  '\n',
);
const range = fc.oneof(
  fc.nat(10_001).map(String),
  fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => `${a}-${b}`),
);
const scalars = fc.oneof(
  fc.tuple(digits, fraction, unit).map((parts) => parts.join('')),
  digits,
  digits.map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true, min: -2, max: 200_000 }),
  fc.integer({ min: -1000, max: 10_000_000 }).map((n) => n / 100),
  fc.integer({ min: -1000, max: 1_000_000 }).map((n) => n / 1000),
  fc.array(range, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(',')),
  fc.constantFrom('unlimited', 'Unlimited', 'unlimited ', '', 'infinity', null, true, false, -1),
  fc.string({ maxLength: 6 }),
);
/** What may stand behind the name of a limit, as YAML gives it: good values, nearly good ones, and nonsense. */
export const raws = fc.oneof(
  { weight: 10, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 2 }) },
  {
    weight: 3,
    arbitrary: fc.dictionary(
      fc.constantFrom('/dev/sda', '/dev/disk/by-id/a:b', 'sda', '/dev/', '/dev/..', '/dev/a b'),
      scalars,
      { maxKeys: 2 },
    ),
  },
);
