import type { ErrorObject } from 'ajv/dist/2020.js';
import limitsSchema from '../../schemas/limits.schema.json' with { type: 'json' };
import { fieldsOf, SCOPES, type Scope } from './fields.ts';
import { flow, shorten } from './flow.ts';
import { nearest } from './nearest.ts';
import type { KeyPath, Part } from './source.ts';

/** What is wrong with the shape of a document, at a path in it. */
export interface SchemaProblem {
  readonly rule: string;
  readonly path: KeyPath;
  readonly part: Part;
  readonly message: string;
  readonly fix?: string;
}

// A test sees to it that every schema has a description, and an example that nothing in YAML has to be quoted for.
interface Schema {
  readonly description: string;
  readonly examples: readonly unknown[];
  readonly properties?: Readonly<Record<string, object>>;
  readonly pattern?: string;
}

/** A schema error in words and with a way out; `undefined` for what another check reports better. */
export function explainSchemaError(error: ErrorObject): SchemaProblem | undefined {
  const path = pathOf(error.instancePath);
  if (isLimitValue(path) || isSubjectOfAnswer(path, error)) return undefined;
  const schema = error.parentSchema as Schema;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, error.params.additionalProperty, schema);
    case 'required':
      return missingKey(path, error.params.missingProperty, schema);
    case 'type':
      return wrongType(path, error, schema);
    case 'minProperties':
    case 'minItems':
      return isEmpty(path, schema);
    case 'uniqueItems':
      return writtenTwice(path, error);
    case 'enum':
      return otherWord(path, error);
    case 'propertyNames':
      return undefined;
    default:
      return wrongValue(path, error, schema);
  }
}

function isEmpty(path: KeyPath, schema: Schema): SchemaProblem {
  const fix = `write for instance ${exampleOf(schema)}, or remove it if it is not required`;
  return { rule: 'schema-empty', path, part: 'key', message: `${nameOf(path)} is empty`, fix };
}

function writtenTwice(path: KeyPath, { data, params }: ErrorObject): SchemaProblem {
  const message = `"${flow((data as readonly unknown[])[params.i])}" is written twice in ${nameOf(path)}`;
  return { rule: 'schema-value', path: [...path, params.i], part: 'value', message, fix: 'remove one of the two' };
}

function unknownKey(path: KeyPath, key: string, schema: Schema): SchemaProblem {
  const known = Object.keys({ ...schema.properties });
  const guess = nearest(key, known);
  const message = `key "${key}" does not exist in ${path.length === 0 ? 'this file' : nameOf(path)}`;
  const fix = guess ? `write "${guess}"` : `the keys here are ${known.join(', ')}`;
  return { rule: 'schema-unknown-key', path: [...path, key], part: 'key', message, fix };
}

function missingKey(path: KeyPath, key: string, schema: Schema): SchemaProblem {
  const message = `"${key}" is missing${path.length === 0 ? '' : ` from ${nameOf(path)}`}`;
  // Behind a `$ref`, the required limits are not among the properties of the schema that asks for them, or are another one.
  const wanted = [schema.properties?.[key], LIMITS[key]].find((found) => found && 'examples' in found) as Schema;
  const fix = `add it, for instance ${key}: ${exampleOf(wanted)}`;
  return { rule: 'schema-missing-key', path: [...path, key], part: 'key', message, fix };
}

const LIMITS: Readonly<Record<string, object>> = limitsSchema.$defs;

function wrongType(path: KeyPath, error: ErrorObject, schema: Schema): SchemaProblem {
  const wanted = TYPES[error.params.type as keyof typeof TYPES];
  const empty = error.data === null;
  const message = empty
    ? `${nameOf(path)} has no value`
    : `${nameOf(path)} must be ${wanted}, not ${typeName(error.data)}`;
  const text = typeof error.data === 'number' && schema.pattern && new RegExp(schema.pattern).test(`${error.data}`);
  const quotes = text ? `, or "${error.data}" in quotes` : '';
  const fix = `write for instance ${exampleOf(schema)}${quotes}`;
  return { rule: 'schema-type', path, part: empty ? 'key' : 'value', message, fix };
}

function wrongValue(path: KeyPath, error: ErrorObject, schema: Schema): SchemaProblem {
  const { propertyName } = error;
  const value = shorten(propertyName ?? String(error.data));
  return {
    rule: 'schema-value',
    path: propertyName === undefined ? path : [...path, propertyName],
    part: propertyName === undefined ? 'value' : 'key',
    message: `"${value}" is not allowed ${propertyName === undefined ? 'for' : 'in'} ${nameOf(path)}`,
    fix: `write for instance ${exampleOf(schema)} (${asRemark(schema.description)})`,
  };
}

function otherWord(path: KeyPath, { data, params }: ErrorObject): SchemaProblem {
  const fix = `write ${params.allowedValues.join(' or ')}`;
  if (data === null) return { rule: 'schema-type', path, part: 'key', message: `${nameOf(path)} has no value`, fix };
  const message = `"${shorten(flow(data))}" is not allowed for ${nameOf(path)}`;
  return { rule: 'schema-value', path, part: 'value', message, fix };
}

function asRemark(description: string): string {
  const text = description.replace(/[.]$/, '');
  // Not the first letter of "CPUs".
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

// The parser of the kind of value knows what was meant, and says so as `value-spelling`.
function isLimitValue([top, scope, field]: KeyPath): boolean {
  if (top !== 'limits' || !SCOPES.includes(scope as Scope)) return false;
  return field !== undefined && field in fieldsOf(scope as Scope);
}

// That an answer has either `objects` or `plan`, and not both, is said by the rule `answer-subject`.
function isSubjectOfAnswer([top]: KeyPath, { schemaPath }: ErrorObject): boolean {
  return top === 'answers' && /[/]oneOf\b/.test(schemaPath);
}

// RFC 6901, as in ajv's `instancePath`. Indexes stay text: places are looked up by text.
function pathOf(instancePath: string): KeyPath {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function nameOf(path: KeyPath): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return /^[0-9]+$/.test(String(last)) ? `an entry of "${path.at(-2)}"` : `"${last}"`;
}

// The types that schemas/ ask for.
const TYPES = { string: 'text', integer: 'a whole number', object: 'a map', array: 'a list' } as const;

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `"${shorten(value)}"` : String(value);
}

function exampleOf({ examples }: Schema): string {
  return flow(examples[0]);
}
