/** How the readers of objects say what is wrong, before anybody knows where in a file it stands. */
import type { Code } from '../errors.ts';
import type { Source } from '../model/types.ts';

/** From the root of an object to one of its fields. */
export type Path = readonly (string | number)[];

/** Whether a message is about a field's value or about its name. */
export type Part = 'value' | 'key';

/** What a reader of an object needs besides the object. */
export interface Reader {
  report(code: Code, path: Path, message: string, expected?: string, part?: Part): void;
  /** Where a field stands in its file; undefined for objects that come from no file. */
  sourceOf(path: Path): Source | undefined;
}

const QUOTED_LENGTH = 80;

/** A value as a message shows it: JSON, so no control character survives, and never long. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= QUOTED_LENGTH ? text : `${text.slice(0, QUOTED_LENGTH)}…"`;
}

/** `a, b or c`. */
export function either(values: Iterable<string>): string {
  const all = [...values];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** `spec.ingress[0].from`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z][A-Za-z0-9]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

/** The last field of a path with its indices, as in `from[1]`. */
export function lastField(path: Path): string {
  const start = path.findLastIndex((step) => typeof step === 'string');
  return formatPath(path.slice(Math.max(start, 0)));
}
