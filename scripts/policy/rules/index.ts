import type { Rule } from '../rule.ts';
import { accountDomain } from './account-domain.ts';
import { accountGrammar } from './account-grammar.ts';
import { accountUnique } from './account-unique.ts';
import { adminExists } from './admin-exists.ts';
import { adminLimits } from './admin-limits.ts';
import { answerDate } from './answer-date.ts';
import { answerExpired } from './answer-expired.ts';
import { answerSubject } from './answer-subject.ts';
import { answerUnique } from './answer-unique.ts';
import { capacity } from './capacity.ts';
import { defaultGroup } from './default-group.ts';
import { fileName } from './file-name.ts';
import { githubUnique } from './github-unique.ts';
import { grantDate } from './grant-date.ts';
import { grantInactive } from './grant-inactive.ts';
import { grantLength } from './grant-length.ts';
import { grantOrder } from './grant-order.ts';
import { grantReason } from './grant-reason.ts';
import { groupExists } from './group-exists.ts';
import { groupName } from './group-name.ts';
import { limitShadowed } from './limit-shadowed.ts';
import { memoryFloor } from './memory-floor.ts';
import { memoryOrder } from './memory-order.ts';
import { quotaFloor } from './quota-floor.ts';
import { slugGrammar } from './slug-grammar.ts';
import { slugLength } from './slug-length.ts';
import { slugUnique } from './slug-unique.ts';
import { tasksFloor } from './tasks-floor.ts';
import { timeZone } from './time-zone.ts';
import { valueSpelling } from './value-spelling.ts';

/** All rules of policy, by id. A new rule is a file in this folder, a line here, and a folder in test/rules/. */
export const RULES: readonly Rule[] = [
  accountDomain,
  accountGrammar,
  accountUnique,
  adminExists,
  adminLimits,
  answerDate,
  answerExpired,
  answerSubject,
  answerUnique,
  capacity,
  defaultGroup,
  fileName,
  githubUnique,
  grantDate,
  grantInactive,
  grantLength,
  grantOrder,
  grantReason,
  groupExists,
  groupName,
  limitShadowed,
  memoryFloor,
  memoryOrder,
  quotaFloor,
  slugGrammar,
  slugLength,
  slugUnique,
  tasksFloor,
  timeZone,
  valueSpelling,
];
