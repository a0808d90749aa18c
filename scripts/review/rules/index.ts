import type { ChangeRule } from '../change-rule.ts';
import { answerStale } from './answer-stale.ts';
import { answerUnused } from './answer-unused.ts';
import { expiredEdit } from './expired-edit.ts';
import { guard } from './guard.ts';
import { newAdmin } from './new-admin.ts';
import { oneConcern } from './one-concern.ts';
import { raisedLimit } from './raised-limit.ts';
import { selfGrant } from './self-grant.ts';

/** All rules of a change, by id. A new rule is a file in this folder, a line here, and a folder in test/changes/. */
export const CHANGE_RULES: readonly ChangeRule[] = [
  answerStale,
  answerUnused,
  expiredEdit,
  guard,
  newAdmin,
  oneConcern,
  raisedLimit,
  selfGrant,
];
