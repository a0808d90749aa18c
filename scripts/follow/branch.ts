import { shorten } from '../policy/flow.ts';
import type { Reading } from '../policy/values.ts';

// Of what git-check-ref-format(1) allows, that which no shell and no terminal reads otherwise.
const PART = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const BRANCH = new RegExp(`^${PART}(/${PART})*$`);
const LONGEST = 200;

/** Reads the name of a branch, without `refs/heads/`. */
export function readBranch(text: string): Reading<string> {
  const message = `"${shorten(text)}" is not the name of a branch`;
  const [, short] = /^refs\/heads\/(.+)$/.exec(text) ?? [];
  if (short !== undefined) return { ok: false, message, fix: `write ${short}` };
  const allowed = BRANCH.test(text) && text.length <= LONGEST && !FORBIDDEN.test(text);
  if (allowed) return { ok: true, value: text };
  return { ok: false, message, fix: 'write it as git branch lists it: letters, digits, ".", "_", "-", "/"' };
}

// git-check-ref-format(1), rules 1, 3 and 7; HEAD and names of refs would be read as something else.
const FORBIDDEN = /[.]lock(\/|$)|[.][.]|[.](\/|$)|^HEAD$|^refs\//;
