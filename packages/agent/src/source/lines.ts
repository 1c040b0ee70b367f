import { StringDecoder } from 'node:string_decoder';

/** Cuts a stream of UTF-8 into lines. What follows the last line feed waits for the rest of its line. */
export class LineCutter {
  readonly #limit: number;
  readonly #decoder = new StringDecoder('utf8');
  #parts: string[] = [];
  #length = 0;

  /** @param limit of one line, in UTF-16 code units */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws RangeError when a line is longer than the limit; nothing after it can be trusted. */
  push(chunk: Buffer): readonly string[] {
    const text = this.#decoder.write(chunk);
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#add(text.slice(start, end));
      lines.push(this.#parts.join(''));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    if (start < text.length) this.#add(text.slice(start));
    return lines;
  }

  #add(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#limit) throw new RangeError(`a line is longer than ${this.#limit} characters`);
    this.#parts.push(part);
  }
}
