/** Where things stand in a text: offsets to lines and columns, paths to offsets. */
import type { Source } from '../model/types.ts';
import type { Part, Path } from './report.ts';

/** Finds fields of one object in its file. */
export interface Origin {
  /** The field, or the nearest one around it that is there. */
  sourceOf(path: Path, part: Part): Source;
  /** The whole line of text that a source of this file points into. */
  excerptOf(source: Source): string;
}

/** One document of a file, with its fields' positions. */
export interface SourceDocument {
  readonly value: unknown;
  readonly origin: Origin;
  /** Keys that their mapping has twice, below a field; not for YAML, where such a document does not load. */
  duplicateKeys?(path: Path): readonly Source[];
}

/** The same text, seen from one of the fields. */
export function within(origin: Origin, base: Path): Origin {
  return {
    sourceOf: (path, part) => origin.sourceOf([...base, ...path], part),
    excerptOf: (source) => origin.excerptOf(source),
  };
}

/** The lines of one file. Costs nothing before the first question. */
export class Lines {
  readonly #file: string;
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** The place of an offset in UTF-16 code units. */
  sourceAt(offset: number): Source {
    const starts = this.#lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return Object.freeze({ file: this.#file, line: low + 1, column: offset - (starts[low] as number) + 1 });
  }

  /** Without its end-of-line characters. */
  lineOf(source: Source): string {
    const starts = this.#lineStarts();
    const start = starts[source.line - 1] ?? this.#text.length;
    const end = starts[source.line] ?? this.#text.length + 1;
    const isCrlf = this.#text.charCodeAt(end - 2) === 13;
    return this.#text.slice(start, isCrlf ? end - 2 : end - 1);
  }

  #lineStarts(): number[] {
    if (!this.#starts) {
      this.#starts = [0];
      for (let at = this.#text.indexOf('\n'); at >= 0; at = this.#text.indexOf('\n', at + 1)) {
        this.#starts.push(at + 1);
      }
    }
    return this.#starts;
  }
}
