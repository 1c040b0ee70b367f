import type { FactId } from '../cluster/facts.ts';
import { compilePolicy, releasePolicy } from '../decision/policies.ts';
import { selects } from '../model/selectors.ts';
import type { BlockMatch, NodeMatch, PeerMatch, PodMatch } from '../model/types.ts';
import { addressValue, familyOf } from '../values/address.ts';
import { sortFacts } from './address-book.ts';
import type { GeneralFacts } from './sides.ts';
import { policyPlace, type State } from './state.ts';

/** What the changed policies change. */
export interface PolicyChanges {
  readonly any: boolean;
  /** Whether blocks came or went. */
  readonly blocks: boolean;
}

/** Compiles the changed policies, and touches every address for which a fact came or went. */
export function updatePolicies(state: State): PolicyChanges {
  const added: [FactId, PeerMatch][] = [];
  const removed: [FactId, PeerMatch][] = [];
  for (const { id: changed, policy } of state.changedPolicies.values()) {
    const place = policyPlace(changed);
    const before = state.compiled.get(place, changed.name);
    // First the new facts, then the old: what both use stays.
    if (policy) {
      const compiled = compilePolicy(policy, state.facts, (id, match) => added.push([id, match]));
      state.compiled.set(place, policy.name, compiled);
      state.subjects.addPolicy(compiled);
    } else state.compiled.delete(place, changed.name);
    if (before) {
      state.subjects.removePolicy(before);
      releasePolicy(before, state.facts, (id, match) => removed.push([id, match]));
    }
  }
  const any = state.changedPolicies.size > 0;
  if (any) for (const address of state.localAddresses) state.changedSubjects.add(address);
  state.changedPolicies.clear();
  touchHolders(state, added, removed);
  const isBlock = ([, { kind }]: [FactId, PeerMatch]): boolean => kind === 'block';
  return { any, blocks: added.some(isBlock) || removed.some(isBlock) };
}

function touchHolders(
  state: State,
  added: readonly [FactId, PeerMatch][],
  removed: readonly [FactId, PeerMatch][],
): void {
  for (const [id] of removed)
    for (const { addresses } of state.profiles.withFact(id))
      for (const { address } of addresses) state.addresses.touch(address);
  // Before the first commit no address has a profile: all are touched already.
  if (state.profiles.size === 0) return;
  for (const [, match] of added) {
    if (match.kind === 'pods') touchPods(state, match);
    else if (match.kind === 'nodes') touchNodes(state, match);
  }
  touchBlocks(
    state,
    added.flatMap(([, match]) => (match.kind === 'block' ? [match] : [])),
  );
}

function touchPods(state: State, match: PodMatch): void {
  const part = match.namespaces;
  const namespaces =
    'name' in part
      ? [part.name]
      : [...state.pods.namespaces()].filter((name) => selects(part.selector, state.labelsOf(name)));
  for (const namespace of namespaces)
    for (const pod of state.pods.inNamespace(namespace))
      if (selects(match.pods, pod.labels))
        for (const address of pod.addresses)
          if (state.addresses.podAt(address) === pod) state.addresses.touch(address);
}

function touchNodes(state: State, match: NodeMatch): void {
  for (const node of state.nodes.values())
    if (selects(match.selector, node.labels))
      for (const address of node.addresses) state.addresses.touch(address);
}

function touchBlocks(state: State, blocks: readonly BlockMatch[]): void {
  if (blocks.length === 0) return;
  for (const { address } of state.addresses.records()) {
    const family = familyOf(address);
    const value = addressValue(address);
    if (blocks.some(({ cidr }) => cidr.family === family && cidr.first <= value && value <= cidr.last))
      state.addresses.touch(address);
  }
}

const NO_LABELS = Object.freeze(Object.create(null) as Record<string, string>);

/**
 * The facts of the general peers: of a pod without labels in a namespace without labels, at the first address of the
 * cluster's pod CIDRs; and of an outside address that lies in no block but those that hold everything. Good choices
 * save elements; any choice is right, since rows are differences from it.
 */
export function generalFacts(state: State): GeneralFacts {
  const anyPod = state.facts.ofPod('', NO_LABELS, NO_LABELS);
  const generalIn = (family: 4 | 6) => {
    const outside = sortFacts(state.facts.ofTheRest(family));
    const base = state.podRanges(family)[0];
    const blocks = base ? state.facts.partition(family).cellOf(base.first).facts : outside;
    return { pod: sortFacts([...anyPod, ...blocks]), outside };
  };
  return { 4: generalIn(4), 6: generalIn(6) };
}
