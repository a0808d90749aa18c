import { expect, it } from 'vitest';
import { SLICE_FIELD_NAMES } from '../../scripts/policy/fields.ts';
import { DIRECTIVES } from '../../scripts/units/directives.ts';

it('there is one directive for each field, called as systemd calls it', () => {
  expect(Object.keys(DIRECTIVES)).toEqual(SLICE_FIELD_NAMES);
  // Field names are systemd's own in snake case: the rule has no exception.
  for (const field of SLICE_FIELD_NAMES) {
    expect(DIRECTIVES[field].name.toLowerCase()).toBe(field.replaceAll('_', ''));
  }
});
