import { readFileSync } from 'node:fs';
import type { Summary } from './summary.ts';

export interface NamedPacket {
  readonly name: string;
  readonly about: string;
  readonly hex: string;
  readonly expect: Summary;
}

export interface NamedDatagram {
  readonly name: string;
  readonly about: string;
  readonly hex: string;
  /** The packet that comes of it, or the counter that it raises. */
  readonly expect: {
    readonly id?: number;
    readonly mark?: number;
    readonly length?: number;
    readonly malformed?: number;
    readonly rejected?: number;
    readonly overflows?: number;
  };
}

export const packets = read<NamedPacket>('corpus.json');
export const datagrams = read<NamedDatagram>('netlink.json');

function read<T>(file: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../../../../fixtures/packets/${file}`, import.meta.url), 'utf8'));
}
