import { decide } from '../decision/decide.ts';
import type { ConnectionAttempt, Judgement } from '../decision/snapshot.ts';
import { type PortVerdict, partAt, strictest } from '../decision/verdicts.ts';
import type { Direction, Pod } from '../model/types.ts';
import type { Address } from '../values/address.ts';
import { pointOfPacket } from '../values/ports.ts';
import { peerOf } from './sides.ts';
import type { State } from './state.ts';

/** A connection as the compiler sees it: who its ends are, and what the policies of the node say. */
export interface JudgedAttempt extends Judgement {
  readonly from: Pod | undefined;
  readonly to: Pod | undefined;
}

/** The same answer as the snapshot's `judge`, by way of what the compiler has made of the objects. */
export function judgeAttempt(state: State, attempt: ConnectionAttempt): JudgedAttempt {
  const { source, destination, protocol, port } = attempt;
  const point = pointOfPacket(protocol, port);
  const partOf = (direction: Direction, subject: Address, peer: Address): PortVerdict | undefined => {
    if (source === destination) return undefined; // S40
    const side = state.subjects.sidesOf(subject).find((each) => each.direction === direction);
    if (!side) return undefined;
    const profile = state.addresses.get(peer)?.profile;
    const facts = profile?.facts ?? state.facts.ofBlocks(peer);
    return partAt(decide(direction, side.subject, peerOf(facts, profile?.ports ?? [])), point);
  };
  const egress = partOf('egress', source, destination);
  const fromNode = state.nodeAddresses().has(source); // S41
  const ingress = fromNode ? undefined : partOf('ingress', destination, source);
  return {
    verdict: strictest([egress?.verdict, ingress?.verdict]),
    egress,
    ingress,
    from: state.addresses.podAt(source),
    to: state.addresses.podAt(destination),
  };
}
