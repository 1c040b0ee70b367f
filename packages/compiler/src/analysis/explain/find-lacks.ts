/** What a connection lacks for one rule: asks the snapshot what holds, and says what does not. */
import { namespaceLabels } from '../../cluster/cluster.ts';
import type { Snapshot } from '../../decision/snapshot.ts';
import { selects } from '../../model/selectors.ts';
import type { BlockMatch, Labels, PeerMatch, PodMatch, Rule, Selector } from '../../model/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../objects/cluster-objects.ts';
import { type Address, familyOf, parseIp } from '../../values/address.ts';
import { cidrHolds } from '../../values/cidr.ts';
import { distance, type Lack } from './lack.ts';

/** What a peer lacks for a rule that does not match it: of the rule's peers the one that comes nearest. */
export function lacksOfPeer(snapshot: Snapshot, rule: Rule, peer: Address): readonly Lack[] {
  if (rule.peers === 'any') return [];
  let nearest: readonly Lack[] = [{ kind: 'nobody' }];
  for (const match of rule.peers) {
    if (snapshot.holds(match, peer)) return [];
    const lacks = lacksFor(snapshot, match, peer);
    if (distance(lacks) < distance(nearest)) nearest = lacks;
  }
  return nearest;
}

/** What is wrong with the port, for a rule whose ports do not hold it. */
export function lackOfPort({ ports }: Rule): Lack {
  return ports === 'any' || ports.length === 0 ? { kind: 'no-port' } : { kind: 'port', ports };
}

function lacksFor(snapshot: Snapshot, match: PeerMatch, peer: Address): readonly Lack[] {
  switch (match.kind) {
    case 'pods':
      return lacksOfPod(snapshot, match, peer);
    case 'block':
      return [lackOfBlock(match, peer)];
    case 'nodes': {
      const nodes = snapshot.cluster.nodes.filter(({ addresses }) => addresses.includes(peer));
      if (nodes.length === 0) return [{ kind: 'not-a-node', who: peer }];
      const lacks = nodes.map(({ name, labels }) => lacksOfLabels('node', name, labels, match.selector));
      return lacks.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    }
    case 'domain':
      // Where the names of a peer are not known a rule with this name may match, and is no miss (S37).
      return [{ kind: 'nobody' }];
  }
}

function lacksOfPod({ cluster }: Snapshot, match: PodMatch, peer: Address): readonly Lack[] {
  const pod = cluster.podsByAddress.get(peer);
  if (!pod) return [{ kind: 'not-a-pod', who: peer }];
  const who = `${pod.namespace}/${pod.name}`;
  const part = match.namespaces;
  const lacks =
    'name' in part
      ? part.name === pod.namespace
        ? []
        : [{ kind: 'namespace' as const, who, namespaces: [part.name] }]
      : lacksOfLabels('namespace', pod.namespace, namespaceLabels(cluster, pod.namespace), part.selector).map(
          (lack) => inNamespace(who, lack),
        );
  return [...lacks, ...lacksOfLabels('pod', who, pod.labels, match.pods)];
}

function lacksOfLabels(
  of: 'pod' | 'namespace' | 'node',
  who: string,
  labels: Labels,
  selector: Selector,
): readonly Lack[] {
  return selector
    .filter((requirement) => !selects([requirement], labels))
    .map((requirement) => ({ kind: 'label', of, who, requirement, has: labels[requirement.key] }));
}

/** A selector that asks for the name of a namespace asks for another namespace, not for another label (S20). */
function inNamespace(who: string, lack: Lack): Lack {
  if (lack.kind !== 'label' || lack.requirement.key !== NAMESPACE_NAME_LABEL) return lack;
  const { operator, values } = lack.requirement;
  return operator === 'In' ? { kind: 'namespace', who, namespaces: values } : lack;
}

/** S22: the exceptions matter only within the block. */
function lackOfBlock({ cidr, except }: BlockMatch, peer: Address): Lack {
  if (familyOf(peer) !== cidr.family) return { kind: 'other-family', who: peer, cidr };
  const ip = parseIp(peer);
  const hole = ip && cidrHolds(cidr, ip) && except.find((one) => cidrHolds(one, ip));
  return hole ? { kind: 'in-exception', who: peer, cidr: hole } : { kind: 'outside-block', who: peer, cidr };
}
