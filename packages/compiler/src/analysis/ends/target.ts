/** Where a connection goes, in one word: `TO:PORT[/PROTO]` or `TO/ICMP`. */
import { quote } from '../../objects/report.ts';
import { PROTOCOLS, type Protocol } from '../../values/ports.ts';
import { type Fault, fault, isFault } from './fault.ts';
import { type End, parseEnd } from './parse-end.ts';

/** What a connection asks for, apart from its ends. */
export type Transport =
  | { readonly protocol: Protocol; readonly port: number }
  /** ICMP between IPv4 addresses, ICMPv6 between IPv6 addresses: without ports. */
  | { readonly protocol: 'ICMP'; readonly port: undefined };

export interface Target {
  readonly end: End;
  readonly transport: Transport;
}

/** Port 0 is on the wire, but no program can ask for it. */
export const FIRST_PORT = 1;
export const LAST_PORT = 65_535;

const FORMS = 'TO:PORT, TO:PORT/UDP, TO:PORT/SCTP or TO/ICMP';
const NUMBERS = `a number from ${FIRST_PORT} to ${LAST_PORT}`;

/** Reads the word; the protocol is TCP where none is named. An IPv6 address with a port stands in brackets. */
export function parseTarget(text: string): Target | Fault {
  const [, pinged] = /^(.*)\/ICMP$/s.exec(text) ?? [];
  if (pinged !== undefined) return withTransport(pinged, { protocol: 'ICMP', port: undefined });
  const [, to, portText, word] = /^(.*):([^:/\]]*)(?:\/([^/]*))?$/s.exec(text) ?? [];
  // All of an address without brackets belongs to it: which of its colons begins a port would be a guess.
  if (to === undefined || portText === undefined || !isFault(parseEnd(text))) {
    return fault('end-invalid', `${quote(text)} has no port`, FORMS);
  }
  const protocol = word === undefined ? 'TCP' : PROTOCOLS.find((known) => known === word.toUpperCase());
  if (!protocol) {
    return /^icmp/i.test(word as string)
      ? fault('end-invalid', 'ICMP has no ports', 'TO/ICMP, which is ICMPv6 between IPv6 addresses')
      : fault('end-invalid', `${quote(word)} is no protocol`, 'TCP, UDP or SCTP; or TO/ICMP');
  }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < FIRST_PORT || port > LAST_PORT) {
    return fault('end-invalid', `${quote(portText)} is no port`, NUMBERS);
  }
  if (to.includes(':') && !to.startsWith('[')) {
    const bracketed = `an IPv6 address in brackets, such as [fd00::1]:${portText}`;
    return fault('end-invalid', `${quote(text)} does not tell where its port begins`, bracketed);
  }
  return withTransport(to, { protocol, port });
}

function withTransport(to: string, transport: Transport): Target | Fault {
  const end = parseEnd(to);
  return isFault(end) ? end : { end, transport };
}

/** `TCP 5432`, or `ICMP`. */
export function formatTransport({ protocol, port }: Transport): string {
  return port === undefined ? protocol : `${protocol} ${port}`;
}
