/** What a ruleset should do with a flow, and whether it does: dataplane.md put beside `decide`. */
import * as assert from 'uvu/assert';
import { nodeAddresses } from '../../src/cluster/cluster.ts';
import { type CompileOptions, DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { Snapshot } from '../../src/decision/snapshot.ts';
import type { Direction } from '../../src/model/types.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { type Outcome, type Packet, simulate } from '../../src/ruleset/simulate.ts';
import { stampValue } from '../../src/ruleset/stamp.ts';
import { type Address, addressValue, familyOf } from '../../src/values/address.ts';
import { type Cidr, cidrHolds } from '../../src/values/cidr.ts';
import { isConcerned as concerns } from '../decision/reference.ts';
import { describeFlow } from './describe.ts';
import { LOCAL_NODE } from './generate/alphabet.ts';
import type { Flow } from './generate/packets.ts';

export const OPTIONS: CompileOptions = { ...DEFAULT_OPTIONS, node: LOCAL_NODE };

/** More rules than any packet may meet, whatever the policies. */
const MOST_RULES = 72;

export type Expected = Outcome['verdict'];

/**
 * Where the node meets a flow's first packet: on its way through, or at its own door. What the node itself sends is
 * never judged (S41).
 */
export function hookOf(snapshot: Snapshot, { source, destination }: Flow): Packet['hook'] | undefined {
  const own = nodeAddresses(snapshot.cluster, LOCAL_NODE);
  if (own.has(source)) return undefined;
  return own.has(destination) ? 'input' : 'forward';
}

/** The one right outcome for a flow's first packet, where the kernel has no budget to keep. */
export function expectedOutcome(snapshot: Snapshot, hook: Packet['hook'], flow: Flow): Expected {
  const verdict = expectedVerdict(snapshot, hook, flow);
  return verdict === 'accept' && isDnsOfClient(snapshot, flow) ? 'queue' : verdict;
}

/** The same, whether somebody wants to see the packet or not. */
export function expectedVerdict(snapshot: Snapshot, hook: Packet['hook'], flow: Flow): Expected {
  const { source, destination, protocol, destinationPort: port } = flow;
  const attempt = { source, destination, protocol, port };
  const judgement = snapshot.judge(LOCAL_NODE, attempt);
  if (source === destination && isPod(snapshot, source)) return 'accept'; // S40
  for (const direction of hook === 'forward' ? (['ingress', 'egress'] as const) : (['egress'] as const)) {
    const verdict = judgement[direction]?.verdict;
    if (!verdict) continue;
    const [subject, peer] = direction === 'egress' ? [source, destination] : [destination, source];
    const asks = isConcerned(snapshot, subject, direction);
    if (asks && isUnknownPod(snapshot, peer, allPodCidrs)) return 'queue'; // unresolved (1)
    if (verdict === 'deny') return 'drop';
    if (verdict === 'unresolved') return 'queue'; // unresolved (3)
  }
  const ends = hook === 'forward' ? [source, destination] : [source];
  if (snapshot.cluster.policies.length > 0 && ends.some((end) => isUnknownPod(snapshot, end, ownPodCidrs)))
    return 'queue'; // unresolved (2)
  return 'accept';
}

/** Whether the packets of a flow that is allowed pass the judge, because a pod learns names from them (S37). */
export function isDnsOfClient(snapshot: Snapshot, { source, protocol, destinationPort }: Flow): boolean {
  if (destinationPort !== 53 || (protocol !== 6 && protocol !== 17)) return false;
  const pod = snapshot.cluster.podsByAddress.get(source);
  const rules = pod?.node === LOCAL_NODE ? snapshot.subjectOf(pod)?.rules.egress : undefined;
  if (!rules) return false;
  const { admin, network, baseline } = rules.tiers;
  // Behind a NetworkPolicy that isolates nothing is asked any more (S4).
  const asked = rules.isolation ? [admin, network] : [admin, baseline];
  return asked.some((list) => list.rules.some(({ domains }) => domains.length > 0));
}

/** Whether an end of a flow is in a pod CIDR and no pod that is known. */
export function hasUnknownEnd(snapshot: Snapshot, { source, destination }: Flow): boolean {
  return [source, destination].some((end) => isUnknownPod(snapshot, end, allPodCidrs));
}

function isPod(snapshot: Snapshot, address: Address): boolean {
  return snapshot.cluster.podsByAddress.has(address);
}

function isUnknownPod(
  snapshot: Snapshot,
  address: Address,
  cidrs: (from: Snapshot) => readonly Cidr[],
): boolean {
  const ip = { family: familyOf(address), value: addressValue(address) };
  return !isPod(snapshot, address) && cidrs(snapshot).some((cidr) => cidrHolds(cidr, ip));
}

function allPodCidrs({ cluster }: Snapshot): readonly Cidr[] {
  return cluster.nodes.flatMap(({ podCidrs }) => podCidrs);
}

function ownPodCidrs({ cluster }: Snapshot): readonly Cidr[] {
  return cluster.nodes.filter(({ name }) => name === LOCAL_NODE).flatMap(({ podCidrs }) => podCidrs);
}

/** Whether any policy has something to say about the local pod at an address in this direction. */
export function isConcerned({ cluster }: Snapshot, address: Address, direction: Direction): boolean {
  const objects = [...cluster.namespaces.values(), ...cluster.pods, ...cluster.policies];
  return concerns(objects, LOCAL_NODE, address, direction);
}

export function firstPacket(flow: Flow, hook: Packet['hook']): Packet {
  return { ...flow, hook, state: 'new', direction: 'original' };
}

/** The same connection's packet the other way: ends swapped. */
export function replyPacket(flow: Flow): Packet {
  return {
    ...flow,
    source: flow.destination,
    destination: flow.source,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
    hook: 'forward',
    state: 'established',
    direction: 'reply',
  };
}

/** A packet comes out as expected, with every borrowed field given back, and past few rules. */
export function assertOutcome(ruleset: Ruleset, packet: Packet, expected: Expected, about: string): Outcome {
  const outcome = simulate(ruleset, packet);
  const what = `${about}: ${describeFlow(packet)} ${packet.hook} ${packet.direction}`;
  assert.is(outcome.verdict, expected, what);
  assert.ok(outcome.rulesPassed <= MOST_RULES, `${what}: ${outcome.rulesPassed} rules`);
  if (outcome.verdict !== 'drop') assert.is(outcome.priority, 0, `${what}: priority given back`);
  const { markMask } = OPTIONS;
  assert.is(
    (outcome.ctMark & ~markMask) >>> 0,
    (packet.ctMark & ~markMask) >>> 0,
    `${what}: foreign mark bits`,
  );
  return outcome;
}

/** What the ruleset's generation leaves in the conntrack mark. */
export function stampOf(ruleset: Ruleset): number {
  return stampValue({ generation: ruleset.generation, markMask: OPTIONS.markMask });
}

/** Elements that answer for a class and a subject. */
export function cellsIn(ruleset: Ruleset): number {
  const maps = [...ruleset.sets.values()].filter(({ shape }) => shape.value === 'verdict');
  return maps.reduce((sum, { elements }) => sum + elements.size, 0);
}
