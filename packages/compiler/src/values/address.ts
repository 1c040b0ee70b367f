import { isCanonicalIpv6, isDottedQuad, quadWord, readGroups } from './address-text.ts';

export type Family = 4 | 6;

export const FAMILIES: readonly Family[] = [4, 6];

/**
 * An IP address as an integer with its family.
 * `value` is 0 … 2^32-1 for family 4 and 0 … 2^128-1 for family 6.
 */
export interface IpValue {
  readonly family: Family;
  readonly value: bigint;
}

/** Canonical text of an address: a dotted quad, or RFC 5952 (lower case, longest zero run as `::`). */
export type Address = string & { readonly __address: true };

const FAMILY_BITS: Record<Family, number> = { 4: 32, 6: 128 };

/** 32 or 128. */
export function familyBits(family: Family): number {
  return FAMILY_BITS[family];
}

/** The family of canonical text, without parsing it. */
export function familyOf(address: Address): Family {
  return address.includes(':') ? 6 : 4;
}

/** Reads an address; undefined when the text is not exactly one: `010.1.1.1` and `fe80::1%eth0` are none. */
export function parseIp(text: string): IpValue | undefined {
  if (isDottedQuad(text)) return { family: 4, value: quadValue(text) };
  const groups = readGroups(text);
  return groups && { family: 6, value: groupsValue(groups) };
}

/** Canonical text of an address; undefined when the text is not one. */
export function parseAddress(text: string): Address | undefined {
  // A dotted quad is already canonical, and most of the others are: nothing is made for the common case.
  if (isDottedQuad(text) || isCanonicalIpv6(text)) return text as Address;
  const groups = readGroups(text);
  return groups && (formatGroups(groups) as Address);
}

/** The integer behind canonical text. */
export function addressValue(address: Address): bigint {
  return familyOf(address) === 4 ? quadValue(address) : groupsValue(groupsOf(address));
}

/** The signed 32-bit words of canonical text, in network order: one, or four for IPv6. */
export function addressWords(address: Address): number[] {
  const words = new Array<number>(FAMILY_BITS[familyOf(address)] / 32);
  writeWords(address, words, 0);
  return words;
}

/** Writes the same to words[at] and up. */
export function writeWords(address: Address, words: number[] | Int32Array, at: number): void {
  if (familyOf(address) === 4) {
    words[at] = quadWord(address);
    return;
  }
  const all = groupsOf(address);
  for (let i = 0; i < 4; i++) words[at + i] = ((all[2 * i] as number) << 16) | (all[2 * i + 1] as number);
}

/** Canonical text from words (see `addressWords`). */
export function formatWords(words: Int32Array): Address {
  const all = Array.from(words).flatMap((word) => [word >>> 16, word & 0xffff]);
  if (all.length > 2) return formatGroups(all) as Address;
  const [high, low] = all as [number, number];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` as Address;
}

/** The same of an integer. */
export function valueWords({ family, value }: IpValue): number[] {
  return Array.from({ length: FAMILY_BITS[family] / 32 }, (_, i, words = FAMILY_BITS[family] / 32) =>
    Number(BigInt.asIntN(32, value >> BigInt(32 * (words - 1 - i)))),
  );
}

/** Canonical text of an address. */
export function formatIp(ip: IpValue): Address {
  return (ip.family === 4 ? formatIpv4(ip.value) : formatIpv6(ip.value)) as Address;
}

function quadValue(text: string): bigint {
  return BigInt(quadWord(text) >>> 0);
}

function groupsValue(groups: readonly number[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** Of canonical text. */
function groupsOf(address: Address): number[] {
  return readGroups(address) as number[];
}

function formatIpv4(value: bigint): string {
  const v = Number(value);
  return `${Math.floor(v / 16777216)}.${(v >>> 16) & 255}.${(v >>> 8) & 255}.${v & 255}`;
}

function formatIpv6(value: bigint): string {
  return formatGroups(Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn)));
}

function formatGroups(all: readonly number[]): string {
  const run = longestZeroRun(all);
  const [g5, g6, g7] = all.slice(5) as [number, number, number];
  // RFC 5952 section 5: an address mapped from IPv4 shows its dotted quad.
  if (run.start === 0 && run.length === 5 && g5 === 0xffff)
    return `::ffff:${g6 >> 8}.${g6 & 255}.${g7 >> 8}.${g7 & 255}`;
  const hex = all.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(all: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && all[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
