import {
  CELL_VERDICT,
  DECIDED_BY,
  DNS_CLIENT,
  NODE_RANGE,
  OTHER,
  pointOf,
  QUEUED_EGRESS,
  QUEUED_INGRESS,
} from '@kncompile/compiler/judge';
import type { Direction, Packet } from '@kncompile/nfq-ffi';
import { type FamilyKnowledge, type Knowledge, UNKNOWN } from './knowledge.ts';
import { partAt, type RowCache } from './row-cache.ts';
import { REASON_AT } from './verdict-reasons.ts';

/** What came out of a judgement. One object, filled again and again. */
export interface Finding {
  /** `hold`: an address or a row is missing, and it may make a difference. */
  verdict: 'accept' | 'drop' | 'hold';
  /** Its place in REASONS. */
  reason: number;
  /** Of the rule or policy that dropped; 0 for none. */
  reasonId: number;
  /** Whether the kernel leaves this connection to the judge for good. */
  isQueued: boolean;
}

/** Is told what the judge found out about its knowledge. The arrays are the packet's. */
export interface Gaps {
  /** An address turned out to be nobody's; it has to do with the other end. */
  unknown(family: 4 | 6, address: Int32Array, otherEnd: Int32Array): void;
  /** A row is missing. */
  row(side: number, profile: number): void;
}

const [TCP, UDP, SCTP] = [pointOf('TCP', 0), pointOf('UDP', 0), pointOf('SCTP', 0)];

/** The point of the port axis, as the compiler's `pointOfPacket` has it. */
function pointAt(protocol: number, port: number): number {
  if (protocol === 6) return TCP + port;
  if (protocol === 17) return UDP + port;
  return protocol === 132 ? SCTP + port : OTHER;
}

/** What one direction says, besides CELL_VERDICT. */
const NOT_ASKED = 0;
const MISSING = -1;

/** Of an address whose profile nobody asks for. */
const NO_PROFILE = -1;

/**
 * Judges packets as the kernel would if it knew everything: ingress at the destination and egress at the source must both
 * allow (S1), with the rows that the agent's `decide` made. Of a reply it judges the connection that it belongs to.
 */
export class PacketJudge {
  readonly #knowledge: Knowledge;
  readonly #rows: RowCache;
  readonly #gaps: Gaps;
  readonly #finding: Finding = {
    verdict: 'drop',
    reason: REASON_AT.unanswered,
    reasonId: 0,
    isQueued: false,
  };
  #by = 0;
  #reasonId = 0;

  constructor(knowledge: Knowledge, rows: RowCache, gaps: Gaps) {
    this.#knowledge = knowledge;
    this.#rows = rows;
    this.#gaps = gaps;
  }

  /**
   * Judges a packet. With `isLast` nothing is waited for any more: unknown addresses turn out to be outside ones, and
   * without a row there is no answer.
   */
  judge(packet: Packet, direction: Direction, isLast: boolean): Finding {
    const isReply = direction === 'reply';
    const source = isReply ? packet.destination : packet.source;
    const destination = isReply ? packet.source : packet.destination;
    const { family } = packet;
    this.#finding.isQueued = false;
    if (!this.#knowledge.isThere) return this.#found(isLast ? 'drop' : 'hold', REASON_AT.unanswered);
    if (isSame(source, destination)) return this.#found('accept', REASON_AT.self);
    const known = this.#knowledge[family];
    const point = pointAt(packet.protocol, isReply ? packet.sourcePort : packet.destinationPort);

    const from = known.subjectAt(source);
    const to = known.subjectAt(destination);
    const egressSide = from < 0 ? 0 : (known.subjects[from + 1] as number);
    const ingressSide = to < 0 || known.isNode(source) ? 0 : (known.subjects[to] as number); // S41
    this.#finding.isQueued =
      (egressSide !== 0 && ((known.subjects[from + 2] as number) & QUEUED_EGRESS) !== 0) ||
      (ingressSide !== 0 && ((known.subjects[to + 2] as number) & QUEUED_INGRESS) !== 0);

    // A subject is known, and who it is matters only where the other end asks.
    let sourceProfile = from >= 0 && ingressSide === 0 ? NO_PROFILE : known.profileOf(source);
    let destinationProfile = to >= 0 && egressSide === 0 ? NO_PROFILE : known.profileOf(destination);
    if (egressSide !== 0 && ((known.subjects[from + 2] as number) & DNS_CLIENT) !== 0) {
      const named = known.namedProfileOf(source, destination, mayBegin(packet, isReply));
      if (named !== UNKNOWN) destinationProfile = named;
    }
    const lacksSource = sourceProfile === UNKNOWN && isNeeded(known, source, ingressSide);
    const lacksDestination = destinationProfile === UNKNOWN && isNeeded(known, destination, egressSide);
    if (isLast) {
      if (lacksSource) this.#gaps.unknown(family, source, destination);
      if (lacksDestination) this.#gaps.unknown(family, destination, source);
    }
    if (sourceProfile === UNKNOWN) sourceProfile = known.outsideProfileOf(source);
    if (destinationProfile === UNKNOWN) destinationProfile = known.outsideProfileOf(destination);

    // Rows of outside addresses are asked for while a pod is hoped for: they are at hand when the hope is over.
    const ingress = this.#ask(ingressSide, sourceProfile, point);
    const ingressBy = this.#by;
    const ingressId = this.#reasonId;
    const egress = this.#ask(egressSide, destinationProfile, point);
    // A denial stands whatever else comes to light, if it is not one of a stand-in.
    if (ingress === CELL_VERDICT.deny && (isLast || !lacksSource)) return this.#denied(ingressBy, ingressId);
    if (egress === CELL_VERDICT.deny && (isLast || !lacksDestination))
      return this.#denied(this.#by, this.#reasonId);

    if (!isLast && (lacksSource || lacksDestination)) return this.#found('hold', REASON_AT.unanswered);
    if (ingress === MISSING || egress === MISSING)
      return this.#found(isLast ? 'drop' : 'hold', REASON_AT.unanswered);
    // Only egress has verdicts that depend on names (S37).
    if (egress === CELL_VERDICT.unresolved) return this.#found('drop', REASON_AT.unknown_name);
    const isRule =
      (ingress !== NOT_ASKED && ingressBy === DECIDED_BY.rule) ||
      (egress !== NOT_ASKED && this.#by === DECIDED_BY.rule);
    return this.#found('accept', isRule ? REASON_AT.rule : REASON_AT.no_policy);
  }

  /** The verdict of a side on a profile at a point; notes who decided. */
  #ask(side: number, profile: number, point: number): number {
    if (side === 0) return NOT_ASKED;
    const parts = this.#rows.get(side, profile);
    if (parts === undefined) {
      this.#gaps.row(side, profile);
      return MISSING;
    }
    const at = partAt(parts, point);
    this.#by = parts[at + 2] as number;
    this.#reasonId = parts[at + 3] as number;
    return parts[at + 1] as number;
  }

  #denied(by: number, reasonId: number): Finding {
    this.#found('drop', by === DECIDED_BY.rule ? REASON_AT.rule : REASON_AT.isolation);
    this.#finding.reasonId = reasonId;
    return this.#finding;
  }

  #found(verdict: Finding['verdict'], reason: number): Finding {
    this.#finding.verdict = verdict;
    this.#finding.reason = reason;
    this.#finding.reasonId = 0;
    return this.#finding;
  }
}

/**
 * Whether it matters who has an unknown address: a side asks about its peer, or it lies among this node's pods and may be
 * a subject itself.
 */
function isNeeded(known: FamilyKnowledge, address: Int32Array, side: number): boolean {
  return side !== 0 || (known.rangeOf(address) & NODE_RANGE) !== 0;
}

const SYN = 2;
const ACK = 16;

/** Whether a packet may be the first of its connection: only TCP tells. */
function mayBegin({ protocol, tcpFlags }: Packet, isReply: boolean): boolean {
  return !isReply && (protocol !== 6 || (tcpFlags & (SYN | ACK)) === SYN);
}

function isSame(a: Int32Array, b: Int32Array): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}
