import { POLICY_OPTION } from './shared-options.ts';

/** The options of all verbs that make a change of policy. */
export const PROPOSE_OPTIONS = {
  policy: POLICY_OPTION,
  'no-push': { kind: 'flag', about: 'stop after the commit' },
  'no-commit': { kind: 'flag', about: 'stop after the edit: write the file, and leave git alone' },
  acknowledge: { kind: 'flag', about: 'say that a new admin, or a limit that rises, is meant: for the record' },
  yes: { kind: 'flag', about: 'do not ask whether to go on' },
} as const;

/** What the help of these verbs says about how a change goes on. */
export const PROPOSE_ABOUT =
  'Shows what changes, commits it on a branch of its own, pushes that, and opens the pull request with gh, or says where.\n' +
  'On a terminal, asks for what is missing. Hooks and signing are those of your git. What cannot be done is refused, and\n' +
  'nothing is changed.';
