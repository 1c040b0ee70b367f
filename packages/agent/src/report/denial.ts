import {
  type Address,
  type ConnectionAttempt,
  formatEnd,
  formatRef,
  idOf,
  type JudgedAttempt,
  LOG_PREFIX,
  type Pod,
  type PortVerdict,
  parseAddress,
  printable,
} from '@kncompile/compiler';
import { createPacket, formatAddress, Parse, parsePacket } from '@kncompile/nfq-ffi';
import type { LoggedPacket } from '../kernel/nflog.ts';

/** What is to be said about a denied packet. Names from the cluster are printable. */
export interface Denial {
  /** `namespace/pod`; undefined where no pod has the address. */
  readonly from: string | undefined;
  readonly fromAddress: Address;
  readonly to: string | undefined;
  readonly toAddress: Address;
  /** TCP, UDP, SCTP, ICMP, or a number. */
  readonly protocol: string;
  /** The port that the connection was made to; undefined for protocols without ports. */
  readonly port: number | undefined;
  /** Whether the packet was an answer: the connection had been allowed, and lost its permission. */
  readonly isReply: boolean;
  /** Of the subject that denies; undefined where nobody denies it any more. */
  readonly direction: 'ingress' | 'egress' | undefined;
  readonly policy: string | undefined;
  /** `2 (name)`, or that none allows it. */
  readonly rule: string | undefined;
  /** The command that shows why; undefined for protocols that it does not know. */
  readonly explain: string | undefined;
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMP',
  132: 'SCTP',
};

/** Reused: one packet is read at a time. */
const packet = createPacket();

/** The connection that a logged packet belongs to; undefined for what cannot be read. */
export function attemptOf({ prefix, bytes }: LoggedPacket): ConnectionAttempt | undefined {
  if (parsePacket(bytes, 0, bytes.length, packet) !== Parse.OK) return undefined;
  const source = parseAddress(formatAddress(packet.source, packet.family));
  const destination = parseAddress(formatAddress(packet.destination, packet.family));
  if (source === undefined || destination === undefined) return undefined;
  const { protocol, sourcePort, destinationPort } = packet;
  return prefix === LOG_PREFIX.reply
    ? { source: destination, destination: source, protocol, port: sourcePort }
    : { source, destination, protocol, port: destinationPort };
}

/** Puts together who was denied by whom. */
export function describeDenial(
  attempt: ConnectionAttempt,
  { from, to, ingress, egress }: JudgedAttempt,
  isReply: boolean,
): Denial {
  // The kernel asks for ingress first.
  const [direction, part] =
    ingress?.verdict === 'deny'
      ? (['ingress', ingress] as const)
      : egress?.verdict === 'deny'
        ? (['egress', egress] as const)
        : [];
  const protocol = PROTOCOL_NAMES[attempt.protocol] ?? String(attempt.protocol);
  const port = attempt.port < 0 ? undefined : attempt.port;
  return {
    from: from && podName(from),
    fromAddress: attempt.source,
    to: to && podName(to),
    toAddress: attempt.destination,
    protocol,
    port,
    isReply,
    direction,
    policy: policyName(part),
    rule: part && ruleName(part),
    explain: explainCommand(from, to, attempt, protocol, port),
  };
}

function podName({ namespace, name }: Pod): string {
  return printable(`${namespace}/${name}`);
}

function policyName(part: PortVerdict | undefined): string | undefined {
  const policy = part?.reason.policy;
  return policy && formatRef(idOf(policy));
}

function ruleName({ reason: { rule } }: PortVerdict): string {
  if (!rule) return 'none allows it';
  return rule.name === undefined ? String(rule.index + 1) : `${rule.index + 1} (${printable(rule.name)})`;
}

function explainCommand(
  from: Pod | undefined,
  to: Pod | undefined,
  { source, destination }: ConnectionAttempt,
  protocol: string,
  port: number | undefined,
): string | undefined {
  const target = endWord(to, destination);
  const command = `kncompile explain ${endWord(from, source)}`;
  if (protocol === 'ICMP') return `${command} ${target}/ICMP`;
  if (port === undefined || port === 0 || !/^[A-Z]/.test(protocol)) return undefined;
  return `${command} ${target.includes(':') ? `[${target}]` : target}:${port}/${protocol}`;
}

/** Words of a command are pasted into shells: names that Kubernetes would not take do not become part of it. */
const PLAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function endWord(pod: Pod | undefined, address: Address): string {
  if (!pod || !PLAIN.test(pod.namespace) || !PLAIN.test(pod.name)) return address;
  return formatEnd({ kind: 'pod', namespace: pod.namespace, name: pod.name });
}
