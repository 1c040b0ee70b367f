import type { AddressRange } from '../cluster/block-partition.ts';
import type { ClassId, Element, FieldType, KeyField, KeyPart, PortRange, SetShape } from '../ruleset/ir.ts';
import { commentOf, safeComment } from '../ruleset/provenance.ts';
import { type Family, familyBits, formatIp } from '../values/address.ts';

/** The one table that is ours. */
export const TABLE = 'inet kncompile';

/** A number from the priority field as nft writes it: `major:minor` in hexadecimal. */
export function classText(id: ClassId): string {
  return `${Math.floor(id / 0x1_0000).toString(16)}:${(id % 0x1_0000).toString(16)}`;
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}

/** Keywords of nft itself, which need no /etc/protocols. */
const PROTOCOL_WORDS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmpv6',
  132: 'sctp',
};

export function protocolText(protocol: number): string {
  return PROTOCOL_WORDS[protocol] ?? String(protocol);
}

const FIELD_WORDS: Readonly<Record<KeyField, (family: Family) => string>> = {
  priority: () => 'meta priority',
  saddr: (family) => `${familyWord(family)} saddr`,
  daddr: (family) => `${familyWord(family)} daddr`,
  l4proto: () => 'meta l4proto',
  sport: () => 'th sport',
  dport: () => 'th dport',
};

export function fieldsText(family: Family, fields: readonly KeyField[]): string {
  return fields.map((field) => FIELD_WORDS[field](family)).join(' . ');
}

export function familyWord(family: Family): string {
  return family === 4 ? 'ip' : 'ip6';
}

/** What a set is for nft: a set, or a map where it yields a value. */
export function setKind(shape: SetShape): 'set' | 'map' {
  return shape.value === undefined ? 'set' : 'map';
}

/** Of timed sets: far more than the agent ever puts there; what has expired stays for a moment, too. */
const TIMED_SIZE = 16_384;

/** The lines that declare a set's type. `typeof` where nft has no name for the type of a field. */
export function setTypeLines(shape: SetShape): string[] {
  const flags = shape.interval
    ? ['flags interval']
    : shape.timed
      ? ['flags timeout', `size ${TIMED_SIZE}`]
      : [];
  const yields = shape.value === undefined ? '' : shape.value === 'class' ? ' : classid' : ' : meta priority';
  if (!shape.fields.includes('class')) {
    const address = shape.family === 4 ? 'ipv4_addr' : 'ipv6_addr';
    return [`type ${shape.fields.map(() => address).join(' . ')}${yields}`, ...flags];
  }
  const words: Record<FieldType, string> = {
    class: 'meta priority',
    address: `${familyWord(shape.family)} daddr`,
    protocol: 'meta l4proto',
    port: 'th dport',
  };
  return [`typeof ${shape.fields.map((field) => words[field]).join(' . ')}${yields}`, ...flags];
}

/** One element of a set or map, with its comment. */
export function elementText(shape: SetShape, element: Element): string {
  const comment = commentOf(element);
  const said = comment === undefined ? '' : ` comment "${safeComment(comment)}"`;
  const value = element.value === undefined ? '' : ` : ${classText(element.value)}`;
  return `${keyText(shape, element)}${said}${value}`;
}

export function keyText(shape: SetShape, element: Element): string {
  return element.key.map((part, i) => partText(shape, shape.fields[i] as FieldType, part)).join(' . ');
}

function partText(shape: SetShape, field: FieldType, part: KeyPart): string {
  switch (field) {
    case 'class':
      return classText(part as number);
    case 'protocol':
      return protocolText(part as number);
    case 'port':
      return typeof part === 'object'
        ? rangeText((part as PortRange).first, (part as PortRange).last)
        : String(part);
    case 'address':
      return typeof part === 'object' ? addressRangeText(shape.family, part as AddressRange) : String(part);
  }
}

/** As a prefix where the range is one, as `first-last` otherwise. */
function addressRangeText(family: Family, { first, last }: AddressRange): string {
  const size = last - first + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && first % size === 0n;
  const from = formatIp({ family, value: first });
  if (!isPrefix) return `${from}-${formatIp({ family, value: last })}`;
  const prefix = familyBits(family) - (size.toString(2).length - 1);
  return prefix === familyBits(family) ? from : `${from}/${prefix}`;
}

function rangeText(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`;
}
