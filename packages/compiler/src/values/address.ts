import { isIPv4, isIPv6 } from 'node:net';

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

/**
 * Reads an address; undefined when the text is not exactly one.
 * Strict as Node is: `010.1.1.1` and zone suffixes (`fe80::1%eth0`) are not addresses.
 */
export function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text)) return { family: 4, value: parseIpv4(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: parseIpv6(text) };
  return undefined;
}

/** Canonical text of an address; undefined when the text is not one. */
export function parseAddress(text: string): Address | undefined {
  // A dotted quad that Node accepts is already canonical: no detour through an integer for the common case.
  if (isIPv4(text)) return text as Address;
  // Nor for the other: big integers would cost more than all the rest of reading a pod.
  if (isCanonicalIpv6(text)) return text as Address;
  return isIPv6(text) && !text.includes('%') ? (formatGroups(parseGroups(text)) as Address) : undefined;
}

const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const F = 0x66;
const COLON = 0x3a;

/**
 * Whether a text is surely an IPv6 address in canonical form, as the API server writes them: lower case, no leading
 * zeros, `::` for the longest run of zeros. Says no to some that are (ties between runs, dotted quads).
 */
function isCanonicalIpv6(text: string): boolean {
  let groups = 0;
  let digits = 0;
  let zeros = 0;
  let longest = 0;
  let gap = -1;
  if (text.startsWith('::ffff:')) return false;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COLON;
    if (code !== COLON) {
      if (!(code >= ZERO && code <= NINE) && !(code >= A && code <= F)) return false;
      if (++digits > 4 || (digits === 2 && text.charCodeAt(at - 1) === ZERO)) return false;
      continue;
    }
    if (digits === 0) {
      // `::`, once; a lone colon at either end is none.
      if (at === text.length) return gap === at && isShortest(groups, longest);
      if (text.charCodeAt(at + 1) === COLON && at === 0) at++;
      else if (at === 0 || text.charCodeAt(at - 1) !== COLON) return false;
      if (gap >= 0 || zeros > 0) return false;
      gap = at + 1;
      continue;
    }
    groups++;
    const isZero = digits === 1 && text.charCodeAt(at - 1) === ZERO;
    if (isZero && gap === at - 1) return false;
    zeros = isZero ? zeros + 1 : 0;
    longest = Math.max(longest, zeros);
    digits = 0;
  }
  return gap < 0 ? groups === 8 && longest < 2 : isShortest(groups, longest);
}

/** Whether `::` stands for two groups at least, and for more than any run of zeros beside it. */
function isShortest(groups: number, longest: number): boolean {
  return groups <= 6 && longest < 8 - groups;
}

/** The integer behind canonical text. */
export function addressValue(address: Address): bigint {
  return familyOf(address) === 4 ? parseIpv4(address) : parseIpv6(address);
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
  const all = parseGroups(address);
  for (let i = 0; i < 4; i++) words[at + i] = ((all[2 * i] as number) << 16) | (all[2 * i + 1] as number);
}

/** A dotted quad without the detour through an integer of any size: a judge that starts is told a hundred thousand. */
function quadWord(text: string): number {
  let word = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      word = (word << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + code - 0x30;
  }
  return (word << 8) | octet;
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

function parseIpv4(text: string): bigint {
  let value = 0;
  for (const octet of text.split('.')) value = value * 256 + Number(octet);
  return BigInt(value);
}

function parseIpv6(text: string): bigint {
  let value = 0n;
  for (const group of parseGroups(text)) value = (value << 16n) | BigInt(group);
  return value;
}

/** The eight 16-bit groups. */
function parseGroups(text: string): number[] {
  const [head, tail] = text.split('::') as [string, string | undefined];
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  while (before.length + after.length < 8) before.push(0);
  return [...before, ...after];
}

/** 16-bit groups of one side of `::`; a dotted quad at the end counts as two. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const quad = Number(parseIpv4(group));
    return [Math.floor(quad / 65536), quad % 65536];
  });
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
