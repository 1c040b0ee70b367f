/** Paths to validated objects: the whole way from bytes, with every message on it. */
import { type Diagnostic, diagnostic, type ObjectRef } from '../errors.ts';
import type { ModelObject, Policy, Source } from '../model/types.ts';
import { getOrMake } from '../values/collections.ts';
import { NameTable } from '../values/name-table.ts';
import { readDocuments } from './documents.ts';
import { looksLikeExpectations } from './expectation-like.ts';
import { type InputFile, readFiles } from './files.ts';
import { formatRef, formatSource } from './format-diagnostic.ts';
import { itemsOf, type ListItem } from './lists.ts';
import { Lines, type Origin, type SourceDocument, within } from './origin.ts';
import { isPolicy, POLICY_KINDS, type ReadObject, readObject } from './parse.ts';
import type { Places } from './places.ts';
import { isMapping } from './shape.ts';
import type { Workload } from './workload.ts';

export interface Inputs {
  readonly objects: readonly ModelObject[];
  /** What is left of policies that were rejected (S50). */
  readonly remnants: readonly Policy[];
  readonly workloads: readonly Workload[];
  /** In the order of the files, and within a file by position. */
  readonly diagnostics: readonly Diagnostic[];
  /** How many objects of kinds without use there were, by kind. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly places: Places;
}

interface Collected {
  readonly objects: ModelObject[];
  readonly remnants: Policy[];
  readonly workloads: Workload[];
  readonly skipped: Map<string, number>;
  /** Of every object so far, by its kind. */
  readonly places: Map<string, NameTable<Source>>;
  /** Of the policies. */
  readonly origins: Map<Policy, Origin>;
  readonly onRead: OnRead;
}

/** Hears of what an object turned out to be, and of how it came; of a pod perhaps only that it did. */
export type OnRead = (read: ReadObject, raw: unknown) => void;

/**
 * Reads everything that can be read; what is wrong with the rest is in `diagnostics`. The files in `except` are passed
 * over.
 */
export async function readInputs(
  paths: readonly string[],
  stdin: () => Promise<Uint8Array>,
  onRead: OnRead = () => {},
  except: readonly string[] = [],
): Promise<Inputs> {
  const { files, diagnostics } = await readFiles(paths, stdin, except);
  const collected: Collected = {
    objects: [],
    remnants: [],
    workloads: [],
    skipped: new Map(),
    places: new Map(),
    origins: new Map(),
    onRead,
  };
  const found: Diagnostic[] = [];
  for (const file of files) for (const one of await readFile(file, collected)) found.push(one);
  const { objects, remnants, workloads, skipped, origins } = collected;
  const texts = new Map(files.map(({ file, text }) => [file, new Lines(file, text)]));
  return {
    objects,
    remnants,
    workloads,
    diagnostics: [...diagnostics, ...found],
    skipped,
    places: {
      sourceOf: (policy, path) => origins.get(policy)?.sourceOf(path, 'value'),
      excerptOf: (source) => texts.get(source.file)?.lineOf(source),
    },
  };
}

async function readFile(file: InputFile, collected: Collected): Promise<Diagnostic[]> {
  const { documents, diagnostics } = await readDocuments(file, readPodsAtOnce);
  for (const document of documents) {
    if (looksLikeExpectations(document.value)) continue;
    for (const item of itemsOf(document, diagnostics)) {
      diagnostics.push(...readItem(document, item, collected));
    }
  }
  return diagnostics.sort(byPosition);
}

/** A pod that was read as soon as it was parsed. */
class EarlyPod {
  readonly read: ReadObject;
  readonly source: Source;

  constructor(read: ReadObject, source: Source) {
    this.read = read;
    this.source = source;
  }
}

/** Pods are many, and nobody asks for the fields of one that are not read. */
function readPodsAtOnce(raw: unknown, origin: Origin): unknown {
  if (!isMapping(raw) || raw['kind'] !== 'Pod') return raw;
  return new EarlyPod(readObject(raw, origin), origin.sourceOf([], 'value'));
}

function readItem(
  document: SourceDocument,
  { raw, path }: ListItem,
  collected: Collected,
): readonly Diagnostic[] {
  if (raw instanceof EarlyPod) return collect(raw.read, raw, raw.source, document.origin, collected);
  const origin = path.length === 0 ? document.origin : within(document.origin, path);
  const repeated = repeatedKeys(document, raw, path);
  if (repeated.length > 0) {
    return repeated.map((source) =>
      diagnostic('duplicate-key', 'this mapping has one key twice', {
        source,
        excerpt: origin.excerptOf(source),
        expected: 'each key once',
      }),
    );
  }
  const source = origin.sourceOf([], 'value');
  return collect(readObject(raw, startingAt(source, origin)), raw, source, origin, collected);
}

/** Files what was read, unless there was one of its name before. */
function collect(
  read: ReadObject,
  raw: unknown,
  source: Source,
  origin: Origin,
  collected: Collected,
): readonly Diagnostic[] {
  const { outcome, ref, diagnostics } = read;
  collected.onRead(read, raw);
  if (outcome.is === 'skipped') {
    collected.skipped.set(outcome.kind, (collected.skipped.get(outcome.kind) ?? 0) + 1);
    return diagnostics;
  }
  if (!ref) return diagnostics;
  const first = claim(ref, source, collected);
  if (first) {
    const message = `this is the second ${formatRef(ref)}; the first is at ${formatSource(first)}`;
    const details = {
      source,
      excerpt: origin.excerptOf(source),
      expected: 'one of each kind, namespace and name',
    };
    return [...diagnostics, diagnostic('object-duplicate', message, details)];
  }
  if (outcome.is === 'model') {
    collected.objects.push(outcome.object);
    if (isPolicy(outcome.object)) collected.origins.set(outcome.object, origin);
  }
  if (outcome.is === 'rejected' && outcome.remnant) collected.remnants.push(outcome.remnant);
  if (outcome.is === 'workload') collected.workloads.push(outcome.workload);
  return diagnostics;
}

/** The same, with the place of the object at hand: it is asked for more often than all others together. */
function startingAt(start: Source, origin: Origin): Origin {
  return {
    sourceOf: (path, part) => (path.length === 0 && part === 'value' ? start : origin.sourceOf(path, part)),
    excerptOf: (source) => origin.excerptOf(source),
  };
}

/** Only policies are searched: in them a second key could hide a rule, and they are few. */
function repeatedKeys(document: SourceDocument, raw: unknown, path: ListItem['path']): readonly Source[] {
  if (!document.duplicateKeys || !isMapping(raw) || !POLICY_KINDS.has(String(raw['kind']))) return [];
  return document.duplicateKeys(path);
}

/** The place of an earlier object with the same name, if there is one. */
function claim(ref: ObjectRef, source: Source, { places }: Collected): Source | undefined {
  const names = getOrMake(places, ref.kind, () => new NameTable<Source>());
  const first = names.get(ref.namespace, ref.name);
  if (!first) names.set(ref.namespace, ref.name, source);
  return first;
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  if (!a.source || !b.source) return 0;
  return a.source.line - b.source.line || a.source.column - b.source.column;
}
