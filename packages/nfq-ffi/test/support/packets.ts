/** Packets built byte by byte, apart from the parser that they test. Lengths are right unless a test says otherwise. */

export interface Ipv4Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly protocol: number;
  readonly options?: Uint8Array;
  /** The field with flags and offset: 0x2000 more to come, low 13 bits the offset in 8 bytes. */
  readonly fragment?: number;
  readonly totalLength?: number;
}

export function ipv4(fields: Ipv4Fields, body: Uint8Array): Buffer {
  const options = fields.options ?? new Uint8Array(0);
  const header = Buffer.alloc(20);
  header[0] = 0x40 | ((20 + options.length) / 4);
  header.writeUInt16BE(fields.totalLength ?? 20 + options.length + body.length, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(fields.fragment ?? 0, 6);
  header[8] = 64;
  header[9] = fields.protocol;
  header.set(quad(fields.source ?? '10.0.0.1'), 12);
  header.set(quad(fields.destination ?? '10.0.0.2'), 16);
  return Buffer.concat([header, options, body]);
}

export interface Ipv6Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly next: number;
  readonly payloadLength?: number;
}

/** Addresses as 32 hexadecimal digits. */
export function ipv6(fields: Ipv6Fields, body: Uint8Array): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(fields.payloadLength ?? body.length, 4);
  header[6] = fields.next;
  header[7] = 64;
  header.set(Buffer.from(fields.source ?? '20010db8000000000000000000000001', 'hex'), 8);
  header.set(Buffer.from(fields.destination ?? '20010db8000000000000000000000002', 'hex'), 24);
  return Buffer.concat([header, body]);
}

/** An extension header in the common format, `units` of 8 bytes beyond the first. */
export function extension(next: number, body: Uint8Array, units = 0): Buffer {
  const header = Buffer.alloc(8 + units * 8);
  header[0] = next;
  header[1] = units;
  // PadN over the rest.
  header[2] = 1;
  header[3] = Math.min(255, header.length - 4);
  return Buffer.concat([header, body]);
}

export function fragmentHeader(next: number, offset: number, more: boolean, body: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header[0] = next;
  header.writeUInt16BE((offset << 3) | (more ? 1 : 0), 2);
  header.writeUInt32BE(0x1234, 4);
  return Buffer.concat([header, body]);
}

export function authentication(next: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(24);
  header[0] = next;
  header[1] = 4;
  header.writeUInt32BE(0x100, 4);
  return Buffer.concat([header, body]);
}

export function tcp(from: number, to: number, flags = 2, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header[12] = 0x50;
  header[13] = flags;
  return Buffer.concat([header, payload]);
}

export function udp(from: number, to: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

export function sctp(from: number, to: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  // An INIT ACK chunk header without value.
  header[12] = 11;
  header[15] = 4;
  return header;
}

export function icmp(type: number, code: number): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header[1] = code;
  return header;
}

function quad(text: string): number[] {
  return text.split('.').map(Number);
}
