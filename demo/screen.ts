/** What the demo says: at most 80 columns, in colour where a terminal wants it (NO_COLOR is respected). */
import { styleText } from 'node:util';

const WIDTH = 80;
const INDENT = '     ';

export type Style = Parameters<typeof styleText>[0];

/** The text in this style; unchanged where stdout is no terminal. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export class Screen {
  /** Expectations that were met, and that were not. */
  met = 0;
  failed = 0;
  readonly #steps: number;
  #step = 0;

  /** @param steps how many headings there will be */
  constructor(steps: number) {
    this.#steps = steps;
  }

  heading(text: string): void {
    console.log(`\n${styled('bold', `${++this.#step}/${this.#steps}  ${text}`)}`);
  }

  /** A paragraph. */
  say(text: string, style?: Style): void {
    for (const line of wrap(text)) console.log(`${INDENT}${style ? styled(style, line) : line}`);
  }

  /** Lines as they are. */
  show(lines: readonly string[]): void {
    for (const line of lines) console.log(`${INDENT}${line}`.trimEnd());
  }

  /** What should have happened, and whether it did. */
  expect(ok: boolean, text: string): void {
    if (ok) this.met++;
    else this.failed++;
    const [first, ...rest] = wrap(text);
    console.log(`${ok ? styled('green', ' ok  ') : styled(['red', 'bold'], 'FAIL ')}${first ?? ''}`);
    this.show(rest);
  }

  /** Tells what is being waited for while it lasts; only a terminal can take that away again. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const isTold = process.stdout.isTTY && process.env['TERM'] !== 'dumb';
    if (isTold) process.stdout.write(styled('dim', `${INDENT}${what} ...`));
    try {
      return await work();
    } finally {
      if (isTold) process.stdout.write('\r\x1b[K');
    }
  }
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && INDENT.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
