/** The protocols whose destination ports a policy can name. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/**
 * A point of the port axis, the one line on which verdicts are drawn: 65,536 points for each of TCP, UDP and SCTP
 * in that order, then one point for every protocol without ports (ICMP, GRE, …; S28).
 */
export type PortPoint = number;

const PORTS = 65536;

/** The point that stands for all protocols without ports. */
export const OTHER: PortPoint = PROTOCOLS.length * PORTS;

/** The last point of the axis. */
export const LAST_POINT: PortPoint = OTHER;

/** A stretch of the port axis, both ends included. */
export interface Span {
  readonly first: PortPoint;
  readonly last: PortPoint;
}

export const EVERYTHING: Span = Object.freeze({ first: 0, last: LAST_POINT });

/** `first` … `last` of one protocol (0–65535). */
export function spanOf(protocol: Protocol, first: number, last: number): Span {
  const base = PROTOCOLS.indexOf(protocol) * PORTS;
  return { first: base + first, last: base + last };
}

/** Every port of one protocol (S23). */
export function allPorts(protocol: Protocol): Span {
  return spanOf(protocol, 0, PORTS - 1);
}

/** The point of one port (0–65535) of a protocol. */
export function pointOf(protocol: Protocol, port: number): PortPoint {
  return PROTOCOLS.indexOf(protocol) * PORTS + port;
}

const POINT_OF_IP_PROTOCOL: Record<number, Protocol> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** The point for a packet: `ipProtocol` as in the IP header, `port` its destination port where it has one. */
export function pointOfPacket(ipProtocol: number, port: number): PortPoint {
  const protocol = POINT_OF_IP_PROTOCOL[ipProtocol];
  return protocol ? pointOf(protocol, port) : OTHER;
}

/** A stretch of one protocol's ports, or `OTHER` (with ports 0–0). */
export interface ProtocolPorts {
  readonly protocol: Protocol | 'OTHER';
  readonly first: number;
  readonly last: number;
}

/** Cuts a span at the protocol borders. */
export function splitSpan(span: Span): ProtocolPorts[] {
  const parts: ProtocolPorts[] = [];
  for (const protocol of PROTOCOLS) {
    const all = allPorts(protocol);
    const first = Math.max(span.first, all.first);
    const last = Math.min(span.last, all.last);
    if (first <= last) parts.push({ protocol, first: first - all.first, last: last - all.first });
  }
  if (span.last >= OTHER) parts.push({ protocol: 'OTHER', first: 0, last: 0 });
  return parts;
}
