import type { ObjectRef } from '../errors.ts';
import type { Source } from '../model/types.ts';
import { sharedText } from '../values/share-pool.ts';
import type { RawMapping } from './raw.ts';
import type { Reader } from './report.ts';
import { reportSchemaErrors } from './shape.ts';
import { validators } from './validators.gen.ts';

/** What names an object, and where it was read. */
export interface Identity extends ObjectRef {
  readonly source: Source | undefined;
}

interface RawMetadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
}

const NO_METADATA = Object.freeze({});

export type Scope = 'namespaced' | 'cluster';

/** A missing or empty namespace is `default`. Undefined, and reported, without a usable name. */
export function readIdentity(
  kind: string,
  scope: Scope,
  raw: RawMapping,
  reader: Reader,
): Identity | undefined {
  const metadata = raw['metadata'] ?? NO_METADATA;
  if (!validators.metadata(metadata)) reportSchemaErrors(validators.metadata, ['metadata'], reader);
  const { name, namespace } = metadata as RawMetadata;
  if (typeof name !== 'string' || name === '') return undefined;
  const named = typeof namespace === 'string' && namespace !== '' ? namespace : 'default';
  return { kind, namespace: scope === 'cluster' ? '' : sharedText(named), name, source: reader.sourceOf([]) };
}
