import { printable } from '@kncompile/compiler';

const ELLIPSIS = '…';

/** The text without anything that a terminal obeys, and in UTF-8 at most so many bytes long. */
export function bounded(text: string, bytes: number): string {
  // What is cut off later need not be made printable.
  const whole = printable(text.slice(0, bytes + 1));
  if (Buffer.byteLength(whole) <= bytes) return whole;
  let cut = '';
  let room = bytes - Buffer.byteLength(ELLIPSIS);
  for (const char of whole) {
    room -= Buffer.byteLength(char);
    if (room < 0) break;
    cut += char;
  }
  return cut + ELLIPSIS;
}

/** A time of day as the API writes it. */
export function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}
