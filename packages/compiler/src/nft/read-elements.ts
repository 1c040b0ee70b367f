import type { AddressRange } from '../cluster/block-partition.ts';
import type { FieldType, KeyPart, SetShape } from '../ruleset/ir.ts';
import { type Address, addressValue, parseAddress, parseIp } from '../values/address.ts';
import { cidrOf } from '../values/cidr.ts';

/** An element as `nft -j -p list` shows it. */
export interface ListedElement {
  readonly key: readonly KeyPart[];
  readonly value: number | undefined;
  readonly comment: string | undefined;
}

/** The listing is not one that a ruleset of ours gives. */
export class UnknownListing extends Error {
  override readonly name = 'UnknownListing';
}

/** Reads one item of a listed set's `elem`: for maps `[key, value]`, for sets the key alone. */
export function readElement(shape: SetShape, item: unknown): ListedElement {
  const [key, value] = shape.value === undefined ? [item, undefined] : (item as [unknown, unknown]);
  const wrapped = isObject(key) && isObject(key['elem']) ? key['elem'] : { val: key };
  const val = wrapped['val'];
  const parts = isObject(val) && Array.isArray(val['concat']) ? val['concat'] : [val];
  if (parts.length !== shape.fields.length) throw new UnknownListing(`an element of ${shape.name}`);
  return {
    key: shape.fields.map((field, i) => readPart(shape, field, parts[i])),
    value: value === undefined ? undefined : readClass(value),
    comment: typeof wrapped['comment'] === 'string' ? wrapped['comment'] : undefined,
  };
}

function readPart(shape: SetShape, field: FieldType, json: unknown): KeyPart {
  switch (field) {
    case 'class':
      return readClass(json);
    case 'address':
      return shape.interval && shape.fields.length === 1 ? readAddresses(json) : readAddress(json);
    case 'protocol':
      return readNumber(json);
    case 'port':
      return shape.interval ? readPorts(json) : readNumber(json);
  }
}

/** `major:minor` in hexadecimal; nft has words for two of them. */
function readClass(json: unknown): number {
  if (json === 'none') return 0;
  if (json === 'root') return 0xffff_ffff;
  const match = typeof json === 'string' ? /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(json) : null;
  if (!match) throw new UnknownListing(`class ${JSON.stringify(json)}`);
  return Number.parseInt(match[1] as string, 16) * 0x1_0000 + Number.parseInt(match[2] as string, 16);
}

function readAddress(json: unknown): Address {
  const address = typeof json === 'string' ? parseAddress(json) : undefined;
  if (address === undefined) throw new UnknownListing(`address ${JSON.stringify(json)}`);
  return address;
}

/** A range, a prefix, or one address. */
function readAddresses(json: unknown): AddressRange {
  if (isObject(json) && Array.isArray(json['range'])) {
    const [first, last] = json['range'].map((end) => addressValue(readAddress(end)));
    return { first: first as bigint, last: last as bigint };
  }
  if (isObject(json) && isObject(json['prefix'])) {
    const ip = parseIp(readAddress(json['prefix']['addr']));
    if (ip) {
      const { first, last } = cidrOf(ip, readNumber(json['prefix']['len']));
      return { first, last };
    }
  }
  const value = addressValue(readAddress(json));
  return { first: value, last: value };
}

function readPorts(json: unknown): { readonly first: number; readonly last: number } {
  if (isObject(json) && Array.isArray(json['range'])) {
    const [first, last] = json['range'];
    return { first: readNumber(first), last: readNumber(last) };
  }
  return { first: readNumber(json), last: readNumber(json) };
}

function readNumber(json: unknown): number {
  if (typeof json !== 'number') throw new UnknownListing(`number ${JSON.stringify(json)}`);
  return json;
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
