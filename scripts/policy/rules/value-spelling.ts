import type { Rule } from '../rule.ts';

/** systemd ignores a value that it cannot read, and an ignored limit is no limit: systemd.resource-control(5). */
export const valueSpelling: Rule = {
  id: 'value-spelling',
  summary: 'Every limit is spelled as policy/README.md says; systemd would take another spelling for no limit at all.',
  severity: 'error',
  *check(draft) {
    for (const { source, path, message, fix } of draft.misspellings) {
      yield { source, path, message: `${path.at(-1)}: ${message}`, ...(fix !== undefined && { fix }) };
    }
  },
};
