/**
 * Building blocks of the schemas. `description` is the phrase that a message puts after the word "expected", `code` the
 * code of the message where the keyword alone does not tell it.
 * A field may always be null, which is as good as absent; so "required" is said by `needs`, which does not count null.
 */

import { either } from '../src/objects/report.ts';

/** A JSON Schema, as data. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

type Properties = Readonly<Record<string, Schema>>;

/** The same schema, with null allowed. */
export function nullable(schema: Schema): Schema {
  return { ...schema, type: [schema['type'], 'null'].flat() };
}

/** A mapping of which these fields are read; others may be there. `needs` must be there. */
export function mapping(properties: Properties, needs: readonly string[] = []): Schema {
  const optional = Object.entries(properties).map(([key, schema]) => [
    key,
    needs.includes(key) ? schema : nullable(schema),
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(optional),
    required: needs,
    description: 'a mapping',
  };
}

export function list(items: Schema, limits: { maxItems?: number; minItems?: number } = {}): Schema {
  return { type: 'array', items, description: 'a list', ...limits };
}

export const text: Schema = { type: 'string', description: 'a string' };

export const flag: Schema = { type: 'boolean', description: 'true or false' };

/** Anything that is a mapping; what it holds is validated on its own. */
export const anyMapping: Schema = { type: 'object', description: 'a mapping' };

/** A label selector; its parts are validated on their own. */
export const selector: Schema = { type: 'object', description: 'a label selector, {} for all' };

export const anyList: Schema = { type: 'array', description: 'a list' };

export function integer(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` };
}

export const portNumber = integer(1, 65535);

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values, description: either(values) };
}

export const protocol = oneOf('TCP', 'UDP', 'SCTP');

/** A mapping of strings; a null value is an absent entry. */
export const labels: Schema = {
  type: 'object',
  additionalProperties: nullable({ type: 'string', description: 'a string (put it in quotes)' }),
  description: 'a mapping of strings',
};
