import { type Family, familyBits, formatIp, type IpValue, parseIp } from './address.ts';

/** A CIDR block: `first` … `last` are its lowest and highest address as integers; host bits are masked away. */
export interface Cidr {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** A CIDR as read, and whether host bits had to be masked (S22 warns). */
export interface ParsedCidr {
  readonly cidr: Cidr;
  readonly masked: boolean;
}

/** Reads `address/prefix`; undefined when the text is not exactly that. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const match = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text);
  const ip = match && parseIp(match[1] as string);
  if (!ip) return undefined;
  const prefix = Number(match[2]);
  if (prefix > familyBits(ip.family)) return undefined;
  const cidr = cidrOf(ip, prefix);
  return { cidr, masked: cidr.first !== ip.value };
}

/** The block of `prefix` bits that holds `ip`. */
export function cidrOf(ip: IpValue, prefix: number): Cidr {
  const hostBits = BigInt(familyBits(ip.family) - prefix);
  const first = (ip.value >> hostBits) << hostBits;
  return { family: ip.family, first, last: first + (1n << hostBits) - 1n, prefix };
}

/** `address/prefix` in canonical text. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ family: cidr.family, value: cidr.first })}/${cidr.prefix}`;
}

/** Whether an address lies in a block; never across families (S22). */
export function cidrHolds(cidr: Cidr, ip: IpValue): boolean {
  return cidr.family === ip.family && cidr.first <= ip.value && ip.value <= cidr.last;
}

/** Whether `inner` is a strict subset of `outer` (S22: what `except` must be). */
export function isStrictSubset(inner: Cidr, outer: Cidr): boolean {
  return (
    inner.family === outer.family &&
    inner.prefix > outer.prefix &&
    outer.first <= inner.first &&
    inner.last <= outer.last
  );
}
