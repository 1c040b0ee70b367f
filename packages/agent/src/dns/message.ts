/** DNS messages as far as policies need them (RFC 1035, RFC 3596): the question, and the addresses that answer it. */
import { readName } from './name.ts';

const HEADER = 12;
const IS_RESPONSE = 0x80;
const OPCODE = 0x78;
const RCODE = 0x0f;
const CLASS_IN = 1;
const TYPE_CNAME = 5;

/** The octets of an address by record type. */
const ADDRESS_LENGTH: Readonly<Record<number, 4 | 16>> = { 1: 4, 28: 16 };

/** An alias of an alias of …: resolvers give up at about so many. */
const LONGEST_CHAIN = 16;

/** RFC 2181, 8: a larger time to live counts as zero. */
const LARGEST_TTL = 0x7fff_ffff;

export interface Question {
  readonly id: number;
  /** Lower case, without the dot at the end. */
  readonly name: string;
  /** 1: A, 28: AAAA; others have no addresses. */
  readonly type: number;
}

export interface Resolved {
  /** 4 octets, or 16. */
  readonly octets: Uint8Array;
  /** Seconds: the shortest on the way from the question, aliases included. */
  readonly ttl: number;
}

export interface Answer extends Question {
  /** In the order of the message, without doubles. Empty for an answer that reports an error, or has none. */
  readonly addresses: readonly Resolved[];
}

/** The question that a client asks; undefined for anything that is no ordinary query with one question. */
export function readQuestion(message: Uint8Array): Question | undefined {
  const head = readHead(message);
  return head && (head.flags & IS_RESPONSE) === 0 ? head.question : undefined;
}

/**
 * What a resolver answers; undefined for anything malformed, the whole message then. Only records that answer the
 * question count: those of its name, or of a name that it is an alias of by records of the same message.
 */
export function readAnswer(message: Uint8Array): Answer | undefined {
  const head = readHead(message);
  if (!head || (head.flags & IS_RESPONSE) === 0) return undefined;
  const { question } = head;
  const records = readRecords(message, head.end, view(message).getUint16(6));
  if (!records) return undefined;
  if (head.rcode !== 0) return { ...question, addresses: [] };
  return { ...question, addresses: addressesFor(question, records) };
}

interface Head {
  readonly question: Question;
  readonly flags: number;
  readonly rcode: number;
  readonly end: number;
}

function readHead(message: Uint8Array): Head | undefined {
  if (message.length < HEADER) return undefined;
  const fields = view(message);
  const flags = fields.getUint8(2);
  if ((flags & OPCODE) !== 0 || fields.getUint16(4) !== 1) return undefined;
  const name = readName(message, HEADER);
  if (name?.text === undefined || name.end + 4 > message.length) return undefined;
  if (fields.getUint16(name.end + 2) !== CLASS_IN) return undefined;
  const question = { id: fields.getUint16(0), name: name.text, type: fields.getUint16(name.end) };
  return { question, flags, rcode: fields.getUint8(3) & RCODE, end: name.end + 4 };
}

interface ResourceRecord {
  readonly owner: string | undefined;
  readonly type: number;
  readonly ttl: number;
  /** Of its data. */
  readonly start: number;
  readonly end: number;
  readonly message: Uint8Array;
}

function readRecords(message: Uint8Array, start: number, count: number): ResourceRecord[] | undefined {
  const fields = view(message);
  const records: ResourceRecord[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const name = readName(message, at);
    if (!name || name.end + 10 > message.length) return undefined;
    const type = fields.getUint16(name.end);
    const rrClass = fields.getUint16(name.end + 2);
    const ttl = fields.getUint32(name.end + 4);
    const data = name.end + 10;
    at = data + fields.getUint16(name.end + 8);
    if (at > message.length) return undefined;
    if (rrClass !== CLASS_IN) continue;
    records.push({ owner: name.text, type, ttl: ttl > LARGEST_TTL ? 0 : ttl, start: data, end: at, message });
  }
  return records;
}

function addressesFor({ name, type }: Question, records: readonly ResourceRecord[]): Resolved[] {
  const length = ADDRESS_LENGTH[type];
  if (length === undefined) return [];
  const ttls = chainFrom(name, records);
  const found = new Map<string, Resolved>();
  for (const record of records) {
    const ttl = record.owner === undefined ? undefined : ttls.get(record.owner);
    if (ttl === undefined || record.type !== type || record.end - record.start !== length) continue;
    const octets = record.message.slice(record.start, record.end);
    const key = octets.join();
    if (!found.has(key)) found.set(key, { octets, ttl: Math.min(ttl, record.ttl) });
  }
  return [...found.values()];
}

/** The name and what it is an alias of, each with the shortest time to live up to there. */
function chainFrom(name: string, records: readonly ResourceRecord[]): ReadonlyMap<string, number> {
  const chain = new Map([[name, LARGEST_TTL]]);
  let last = name;
  while (chain.size <= LONGEST_CHAIN) {
    const alias = records.find(({ owner, type }) => owner === last && type === TYPE_CNAME);
    const target = alias && readName(alias.message, alias.start);
    if (!alias || target?.text === undefined || target.end !== alias.end || chain.has(target.text)) break;
    chain.set(target.text, Math.min(chain.get(last) as number, alias.ttl));
    last = target.text;
  }
  return chain;
}

function view(message: Uint8Array): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}
