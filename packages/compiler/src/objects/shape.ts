/** The seam between the generated validators and the readers: schema errors become problems, nulls disappear. */
import type { Code } from '../errors.ts';
import type { RawMapping, Shapes } from './raw.ts';
import { either, lastField, type Path, quote, type Reader } from './report.ts';
import { knownFields, validators } from './validators.gen.ts';

/** What ajv reports with `allErrors` and `verbose`. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: { readonly missingProperty?: string; readonly limit?: number };
  readonly parentSchema?: {
    readonly description?: string;
    readonly code?: Code;
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
  readonly propertyName?: string;
  readonly data?: unknown;
}

export interface Validate {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

type Name =
  | keyof Shapes
  | 'metadata'
  | 'pod'
  | 'containerPort'
  | 'namespace'
  | 'node'
  | 'workload'
  | 'job'
  | 'cronJob';

export type Validators = Readonly<Record<Name, Validate>>;
export type KnownFields = Readonly<Record<Name, readonly string[]>>;

/**
 * How well a part of a policy was understood: `unknown` makes its rule fail closed (S33), `broken` rejects the policy
 * and was reported as an error.
 */
export type State = 'fine' | 'unknown' | 'broken';

export function worst(a: State, b: State): State {
  if (a === 'broken' || b === 'broken') return 'broken';
  return a === 'unknown' || b === 'unknown' ? 'unknown' : 'fine';
}

/** What a field outside the schema means: the rule fails closed, the object is rejected, a warning, or nothing. */
export type OnUnknown = Extract<Code, 'unknown-field' | 'subject-invalid' | 'field-ignored'> | undefined;

const STATE_OF_UNKNOWN = {
  'unknown-field': 'unknown',
  'subject-invalid': 'broken',
  'field-ignored': 'fine',
} as const;

export interface Shape<T> {
  /** Without nulls, and without the fields that were reported. */
  readonly value: T;
  readonly state: State;
}

/** Reads one mapping by its schema, and reports what breaks it. */
export function readShape<N extends keyof Shapes>(
  name: N,
  raw: unknown,
  path: Path,
  reader: Reader,
  onUnknown: OnUnknown,
): Shape<Shapes[N]> {
  const present = withoutNulls(raw);
  if (!present) {
    reader.report('field-type', path, `${lastField(path)} is ${quote(raw)}`, 'a mapping');
    return { value: {}, state: 'broken' };
  }
  let state: State = 'fine';
  const validate = validators[name];
  if (!validate(present)) {
    state = 'broken';
    for (const broken of reportSchemaErrors(validate, path, reader)) delete present[broken];
  }
  if (onUnknown) {
    for (const key of Object.keys(present)) {
      if (knownFields[name].includes(key)) continue;
      reportUnknown(onUnknown, path, key, knownFields[name], reader);
      state = worst(state, STATE_OF_UNKNOWN[onUnknown]);
    }
  }
  return { value: present as Shapes[N], state };
}

function reportUnknown(
  code: NonNullable<OnUnknown>,
  path: Path,
  key: string,
  known: readonly string[],
  reader: Reader,
): void {
  const effect = {
    'unknown-field': ', so the whole rule fails closed',
    'subject-invalid': ', so what it selects is unknown',
    'field-ignored': ', which has no effect',
  }[code];
  const message = `${lastField(path)} has the unknown field ${quote(key)}${effect}`;
  reader.report(code, [...path, key], message, either(known), 'key');
}

function withoutNulls(raw: unknown): Record<string, unknown> | undefined {
  if (!isMapping(raw)) return undefined;
  const present: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(raw)) if (raw[key] !== null) present[key] = raw[key];
  return present;
}

export function isMapping(raw: unknown): raw is RawMapping {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

const CODE_OF_KEYWORD: Readonly<Record<string, Code>> = {
  type: 'field-type',
  required: 'field-missing',
  maxItems: 'too-many',
  maxLength: 'too-many',
  minItems: 'too-few',
};

/** Reports what a validator has just found, once per place; gives the top-level fields that are concerned. */
export function reportSchemaErrors(validate: Validate, path: Path, reader: Reader): Set<string> {
  const concerned = new Set<string>();
  const seen = new Set<string>();
  for (const error of validate.errors ?? []) {
    if (error.keyword === 'propertyNames') continue;
    const last = error.params.missingProperty ?? error.propertyName;
    const place = last === undefined ? error.instancePath : `${error.instancePath}/${pointerStep(last)}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const inner = pathOfPointer(place);
    if (inner[0] !== undefined) concerned.add(String(inner[0]));
    reportSchemaError(error, [...path, ...inner], reader);
  }
  return concerned;
}

function reportSchemaError(error: SchemaError, path: Path, reader: Reader): void {
  const schema = error.parentSchema;
  const code = schema?.code ?? CODE_OF_KEYWORD[error.keyword] ?? 'field-value';
  const field = lastField(path);
  switch (error.keyword) {
    case 'required': {
      const missing = String(path.at(-1));
      reader.report(code, path, `${field} is missing`, schema?.properties?.[missing]?.description);
      return;
    }
    case 'maxItems':
      reader.report(code, path, `${field} has too many items`, `at most ${error.params.limit}`);
      return;
    case 'minItems':
      reader.report(code, path, `${field} is empty`, 'at least one item');
      return;
    case 'maxLength':
      reader.report(code, path, `${field} is too long`, schema?.description);
      return;
    default: {
      if (error.data === null && typeof path.at(-1) === 'string') {
        reader.report('field-missing', path, `${field} is missing`, schema?.description);
        return;
      }
      const isKey = error.propertyName !== undefined;
      const what = isKey
        ? `${quote(error.propertyName)} is no label key`
        : `${field} is ${quote(error.data)}`;
      reader.report(code, path, what, schema?.description, isKey ? 'key' : 'value');
    }
  }
}

function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A JSON pointer as ajv writes it. Indices and keys that look like them cannot be told apart, and need not be. */
function pathOfPointer(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) =>
    /^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}
