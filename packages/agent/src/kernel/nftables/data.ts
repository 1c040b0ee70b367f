import type { MessageWriter } from './message-writer.ts';
import { NFTA_DATA } from './protocol.ts';

/** An attribute that holds data for the kernel to compare or to load. */
export function writeData(writer: MessageWriter, type: number, bytes: ArrayLike<number>): void {
  writer.nest(type, () => writer.bytes(NFTA_DATA.value, bytes));
}

/** The four bytes of a number in the order of a little-endian machine. */
export function hostNumber(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
