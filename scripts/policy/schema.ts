import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import allowSchema from '../../schemas/allow.schema.json' with { type: 'json' };
import configSchema from '../../schemas/config.schema.json' with { type: 'json' };
import groupSchema from '../../schemas/group.schema.json' with { type: 'json' };
import limitsSchema from '../../schemas/limits.schema.json' with { type: 'json' };
import memberSchema from '../../schemas/member.schema.json' with { type: 'json' };
import siteSchema from '../../schemas/site.schema.json' with { type: 'json' };
import type { SchemaProblem } from './schema-problem.ts';
import { explainSchemaError } from './schema-problem.ts';
import type { KeyPath } from './source.ts';

/** The kinds of policy files; each has a schema of its name in schemas/. */
export type DocumentKind = 'site' | 'group' | 'member' | 'allow';

/** What else there is a schema for: the configuration of a host is read and explained as policy is, but is none. */
export type SchemaKind = DocumentKind | 'config';

/** The schemas that editors, pull requests and the host share. */
export const SCHEMAS = {
  site: siteSchema,
  group: groupSchema,
  member: memberSchema,
  allow: allowSchema,
  limits: limitsSchema,
  config: configSchema,
} as const;

/**
 * What is wrong with the shape of a document: unknown and missing keys, wrong types, empty sections. The spelling of
 * limits is left to the rule `value-spelling`, which knows what was meant.
 */
export function findSchemaProblems(kind: SchemaKind, value: unknown): readonly SchemaProblem[] {
  const validate = validatorFor(kind);
  if (validate(value)) return [];
  const problems = (validate.errors as ErrorObject[]).flatMap((error) => explainSchemaError(error) ?? []);
  // That a map is empty is said by the keys that are missing from it, if there are such.
  const filled = new Set(problems.flatMap(({ rule, path }) => (rule === 'schema-missing-key' ? parentOf(path) : [])));
  return problems.filter(({ rule, path }) => rule !== 'schema-empty' || !filled.has(JSON.stringify(path)));
}

function parentOf(path: KeyPath): string {
  return JSON.stringify(path.slice(0, -1));
}

let ajv: Ajv2020 | undefined;

// Compiled on first use: `--help` and a policy that does not even parse need no validator.
function validatorFor(kind: SchemaKind): ValidateFunction {
  ajv ??= new Ajv2020({
    schemas: Object.values(SCHEMAS),
    allErrors: true,
    verbose: true,
    // Costs more than everything else together, and the schemas do not change at run time: a test checks them.
    validateSchema: false,
    addUsedSchema: false,
    meta: false,
    // `required` beside `$ref`, and `pattern` beside a `$ref` to a typed schema, are meant.
    strictTypes: false,
    strictRequired: false,
  });
  const validate = ajv.getSchema(`${kind}.schema.json`);
  /* v8 ignore next -- all of them are in SCHEMAS */
  if (!validate) throw new Error(`no schema for ${kind}`);
  return validate;
}
