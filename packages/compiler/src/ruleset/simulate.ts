import type { AddressRange } from '../cluster/block-partition.ts';
import { type Address, addressValue, type Family, familyOf } from '../values/address.ts';
import {
  type Chain,
  type ChainRule,
  type ClassId,
  type Element,
  elementKey,
  type KeyField,
  type KeyPart,
  type Match,
  type PortRange,
  type QueueRange,
  type Ruleset,
  type RulesetSet,
  type Statement,
} from './ir.ts';

/** A packet as the ruleset sees it. */
export interface Packet {
  readonly hook: 'forward' | 'input' | 'output';
  readonly source: Address;
  readonly destination: Address;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** ICMPv6 type, for ICMPv6. */
  readonly icmpType?: number;
  /** As connection tracking has it; untracked packets have neither state nor direction. */
  readonly state: 'new' | 'established' | 'related' | 'untracked';
  /** Whether a new connection has had a packet through before: one without replies, or a second attempt. */
  readonly isConfirmed?: boolean;
  readonly direction: 'original' | 'reply';
  readonly ctMark: number;
  readonly inInterface?: string;
  /** Whether a socket of the node sends it. */
  readonly localSocket?: boolean;
  /** Whether the source is an address of the node. */
  readonly localSource?: boolean;
}

export interface Outcome {
  readonly verdict: 'accept' | 'drop' | 'queue';
  /** The queues, for verdict `queue`; with `queueVia: mark` the packet is accepted with `packetMark` set. */
  readonly queues: QueueRange | undefined;
  readonly packetMark: number;
  /** The conntrack mark after the packet. */
  readonly ctMark: number;
  /** The packet's priority field afterwards; 0 stands for what routing had computed. */
  readonly priority: number;
  /** Rules that the packet met, in order, whether they matched or not. */
  readonly rulesPassed: number;
  /** The elements that were hit on the way. */
  readonly elements: readonly Element[];
}

interface State {
  readonly ruleset: Ruleset;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly packet: Packet;
  readonly elements: Element[];
  priority: ClassId;
  ctMark: number;
  packetMark: number;
  rulesPassed: number;
  queues: QueueRange | undefined;
}

type End = 'accept' | 'drop' | 'queue';
/** `end`: the packet's fate; `leave`: this chain is over; undefined: go on. */
type Flow = { readonly end: End } | 'leave' | undefined;

/** Sends one packet through the ruleset, as the kernel would. */
export function simulate(ruleset: Ruleset, packet: Packet): Outcome {
  const chains = new Map(ruleset.chains.map((chain) => [chain.name, chain]));
  const state: State = {
    ruleset,
    chains,
    packet,
    elements: [],
    priority: 0,
    ctMark: packet.state === 'untracked' ? 0 : packet.ctMark,
    packetMark: 0,
    rulesPassed: 0,
    queues: undefined,
  };
  const base = ruleset.chains.find(({ hook }) => hook?.hook === packet.hook);
  const flow = base && runChain(state, base);
  return {
    verdict: typeof flow === 'object' ? flow.end : 'accept', // policy accept
    queues: state.queues,
    packetMark: state.packetMark,
    ctMark: state.ctMark,
    priority: state.priority,
    rulesPassed: state.rulesPassed,
    elements: state.elements,
  };
}

function runChain(state: State, chain: Chain): Flow {
  for (const rule of chain.rules) {
    state.rulesPassed++;
    const flow = runRule(state, rule);
    if (flow === 'leave') return undefined;
    if (flow) return flow;
  }
  return undefined;
}

function runRule(state: State, rule: ChainRule): Flow {
  for (const match of rule.matches) if (!holds(state, match)) return undefined;
  for (const statement of rule.statements) {
    const flow = run(state, statement);
    if (flow === 'miss') return undefined;
    if (flow) return flow;
  }
  return undefined;
}

function run(state: State, statement: Statement): Flow | 'miss' {
  switch (statement.kind) {
    case 'accept':
    case 'drop':
      return { end: statement.kind };
    case 'return':
      return 'leave';
    case 'counter':
    case 'limit':
    case 'log':
      return undefined;
    case 'jump':
      return runChain(state, chainOf(state, statement.chain));
    case 'goto':
      // Where a chain reached by goto ends without a verdict, so does the chain that left for it.
      return runChain(state, chainOf(state, statement.chain)) ?? 'leave';
    case 'set-priority':
      state.priority = statement.value;
      return undefined;
    case 'map-priority': {
      const element = lookUp(state, statement.family, statement.fields, statement.map);
      if (element?.value === undefined) return 'miss';
      state.priority = element.value;
      return undefined;
    }
    case 'restore-priority':
      state.priority = 0;
      return undefined;
    case 'stamp':
    case 'unstamp':
      // Both read the mark first, and an untracked packet has none.
      if (state.packet.state === 'untracked') return 'miss';
      state.ctMark =
        ((state.ctMark & ~statement.mask) | (statement.kind === 'stamp' ? statement.value : 0)) >>> 0;
      return undefined;
    case 'queue':
      state.queues = statement.queues;
      return { end: 'queue' };
    case 'mark':
      state.packetMark = (state.packetMark | statement.bits) >>> 0;
      return undefined;
  }
}

function chainOf(state: State, name: string): Chain {
  const chain = state.chains.get(name);
  if (!chain) throw new ReferenceError(`the ruleset jumps to chain ${name}, which it does not have`);
  return chain;
}

function holds(state: State, match: Match): boolean {
  const { packet } = state;
  switch (match.kind) {
    case 'family':
      return familyOf(packet.source) === match.family;
    case 'in':
      return lookUp(state, match.family, match.fields, match.set) !== undefined;
    case 'not-in':
      return lookUp(state, match.family, match.fields, match.set) === undefined;
    case 'priority':
      if (match.op === '==') return state.priority === match.value;
      return match.op === '<' ? state.priority < match.value : state.priority >= match.value;
    case 'l4proto':
      return match.protocols.includes(packet.protocol);
    case 'port':
      return fieldValue(state, match.field) === match.port;
    case 'icmp6-type': {
      const type = packet.icmpType;
      return packet.protocol === 58 && type !== undefined && match.first <= type && type <= match.last;
    }
    case 'ct-state':
      return packet.state === match.state;
    case 'ct-unconfirmed':
      return packet.state === 'new' && packet.isConfirmed !== true;
    case 'ct-direction':
      return packet.state !== 'untracked' && packet.direction === match.direction;
    case 'ct-mark':
      return packet.state !== 'untracked' && (state.ctMark & match.mask) >>> 0 === match.value;
    case 'packet-mark':
      return (state.packetMark & match.bits) >>> 0 === match.bits;
    case 'in-interface':
      return packet.inInterface === match.name;
    case 'local-socket':
      return packet.localSocket === true;
    case 'local-source':
      return packet.localSource === true;
  }
}

function lookUp(
  state: State,
  family: Family,
  fields: readonly KeyField[],
  name: string,
): Element | undefined {
  if (familyOf(state.packet.source) !== family) return undefined;
  const set = state.ruleset.sets.get(name);
  if (!set) throw new ReferenceError(`a rule looks into set ${name}, which the ruleset does not have`);
  const key = fields.map((field) => fieldValue(state, field));
  const element = set.shape.interval ? findInRanges(set, key) : set.elements.get(elementKey(key));
  if (element) state.elements.push(element);
  return element;
}

function fieldValue(state: State, field: KeyField): Address | number {
  const { packet } = state;
  switch (field) {
    case 'priority':
      return state.priority;
    case 'saddr':
      return packet.source;
    case 'daddr':
      return packet.destination;
    case 'l4proto':
      return packet.protocol;
    case 'sport':
      return packet.sourcePort;
    case 'dport':
      return packet.destinationPort;
  }
}

function findInRanges(set: RulesetSet, key: readonly (Address | number)[]): Element | undefined {
  for (const element of set.elements.values())
    if (element.key.every((part, i) => partHolds(part, key[i] as Address | number))) return element;
  return undefined;
}

function partHolds(part: KeyPart, value: Address | number): boolean {
  if (typeof part !== 'object') return part === value;
  if (typeof value === 'number')
    return (part as PortRange).first <= value && value <= (part as PortRange).last;
  const range = part as AddressRange;
  const at = addressValue(value);
  return range.first <= at && at <= range.last;
}
