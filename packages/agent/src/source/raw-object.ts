/** What an API server sends, of which nothing is known before it is parsed. */
import { type ObjectId, parseObject, type Resource } from '@kncompile/compiler';
import type { Reading } from './inventory.ts';
import type { ModelKind } from './source.ts';

export type RawObject = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing where there is no mapping, for a look at fields that may be missing. */
export function mappingOf(value: unknown): RawObject {
  return isMapping(value) ? value : {};
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NAMESPACED: readonly string[] = ['Pod', 'NetworkPolicy'];

/** The name of an object that may be broken otherwise; undefined when it has none. */
export function idOfRaw(raw: RawObject, { kind }: Resource): ObjectId | undefined {
  const { name, namespace } = mappingOf(raw['metadata']) as { name?: unknown; namespace?: unknown };
  if (typeof name !== 'string' || name === '') return undefined;
  const named = typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
  return { kind: kind as ModelKind, namespace: NAMESPACED.includes(kind) ? named : '', name };
}

/** Projects an object to what policies need. What the collection is of counts, not what the item says it is. */
export function readRaw(raw: RawObject, resource: Resource): Reading | undefined {
  const id = idOfRaw(raw, resource);
  const { kind, apiVersion } = resource;
  return id && { id, result: parseObject({ ...raw, kind, apiVersion }) };
}
