import type { Code } from '../errors.ts';
import type { Shapes } from './raw.ts';
import { either, lastField, type Path, type Reader } from './report.ts';
import { BROKEN, type Part, UNKNOWN } from './rules.ts';
import { readShape } from './shape.ts';

/** A part of a rule that is written in one of several forms, each a field of its own. */
export interface SoleForm<N extends keyof Shapes, F extends keyof Shapes[N] & string> {
  readonly shape: N;
  readonly forms: readonly F[];
  /** Reported when there are several at once. */
  readonly ambiguous: Extract<Code, 'peer-ambiguous' | 'port-ambiguous'>;
  /** What messages call the part. */
  readonly noun: 'peer' | 'port' | 'item';
}

/**
 * Reads a part in its one form (S31, S34). With several it is broken; with none, or none that is known, its rule fails
 * closed (S33).
 */
export function readSoleForm<N extends keyof Shapes, F extends keyof Shapes[N] & string, T>(
  { shape, forms, ambiguous, noun }: SoleForm<N, F>,
  raw: unknown,
  path: Path,
  reader: Reader,
  readForm: (form: F, value: Shapes[N]) => Part<T>,
): Part<T> {
  const { value, state } = readShape(shape, raw, path, reader, 'unknown-field');
  if (state === 'broken') return BROKEN;
  const present = forms.filter((form) => value[form] !== undefined);
  const [form] = present;
  if (present.length > 1) {
    const message = `${lastField(path)} has ${present.join(' and ')} at once`;
    reader.report(ambiguous, path, message, `one of them for each ${noun}`);
    return BROKEN;
  }
  if (!form) {
    if (state === 'fine') {
      const message = `${lastField(path)} is empty, so the whole rule fails closed`;
      reader.report('unknown-field', path, message, either(forms));
    }
    return UNKNOWN;
  }
  const part = readForm(form, value);
  return state === 'unknown' && part.state === 'fine' ? UNKNOWN : part;
}
