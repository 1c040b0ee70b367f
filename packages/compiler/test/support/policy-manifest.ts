/** Policies of the model as manifests, so that random policies can go the way that users' policies go. */
import type {
  Direction,
  ModelObject,
  PeerMatch,
  Policy,
  PortMatch,
  Rule,
  Selector,
} from '../../src/model/types.ts';
import { parseObject } from '../../src/objects/parse.ts';
import { formatCidr } from '../../src/values/cidr.ts';
import { splitSpan } from '../../src/values/ports.ts';

/** The object of a manifest; throws where it is rejected. */
export function parsed(raw: unknown): ModelObject {
  const { object, diagnostics } = parseObject(raw);
  if (!object) throw new Error(`${JSON.stringify(raw)}\n${diagnostics.map(({ message }) => message)}`);
  return object;
}

/** A rule that can say nothing (S33) becomes one with an empty peer, and fails closed again. */
export function policyManifest(policy: Policy): Record<string, unknown> {
  const { kind, name, namespace } = policy;
  const isNetwork = kind === 'NetworkPolicy';
  return {
    apiVersion: isNetwork
      ? 'networking.k8s.io/v1'
      : `policy.networking.k8s.io/${kind === 'ClusterNetworkPolicy' ? 'v1alpha2' : 'v1alpha1'}`,
    kind,
    metadata: isNetwork ? { name, namespace } : { name },
    spec: isNetwork ? networkSpec(policy) : tieredSpec(policy),
  };
}

function networkSpec({ subject, isolates, rules }: Policy): object {
  const rule = (direction: Direction, { peers, ports }: Rule): object => ({
    ...(peers !== 'any' && {
      [direction === 'ingress' ? 'from' : 'to']: orUnknown(peers.map(networkPeer), { unknown: true }),
    }),
    ...(ports !== 'any' && { ports: orUnknown(ports.flatMap(networkPorts), { unknown: true }) }),
  });
  return {
    podSelector: selector(subject.pods),
    policyTypes: [...(isolates.ingress ? ['Ingress'] : []), ...(isolates.egress ? ['Egress'] : [])],
    ingress: rules.ingress.map((one) => rule('ingress', one)),
    egress: rules.egress.map((one) => rule('egress', one)),
  };
}

function networkPeer(peer: PeerMatch): object {
  if (peer.kind === 'block')
    return { ipBlock: { cidr: formatCidr(peer.cidr), except: peer.except.map(formatCidr) } };
  if (peer.kind !== 'pods') throw new TypeError(`a NetworkPolicy has no ${peer.kind} peers`);
  return {
    podSelector: selector(peer.pods),
    ...('selector' in peer.namespaces && { namespaceSelector: selector(peer.namespaces.selector) }),
  };
}

function networkPorts(port: PortMatch): object[] {
  if (port.kind === 'named') return [{ protocol: port.protocol, port: port.name }];
  return splitSpan(port.span).map(({ protocol, first, last }) =>
    isWhole(first, last) ? { protocol } : { protocol, port: Math.max(first, 1), endPort: Math.max(last, 1) },
  );
}

function tieredSpec(policy: Policy): object {
  const isCluster = policy.kind === 'ClusterNetworkPolicy';
  const rule = (direction: Direction, { name, action, peers, ports }: Rule): object => ({
    ...(name !== undefined && { name: name.slice(0, 100) }),
    action: { allow: isCluster ? 'Accept' : 'Allow', deny: 'Deny', pass: 'Pass' }[action],
    [direction === 'ingress' ? 'from' : 'to']:
      peers === 'any' ? everybody(direction, ports) : orUnknown(peers.map(tieredPeer), {}),
    ...(ports !== 'any' && {
      [isCluster ? 'protocols' : 'ports']: orUnknown(
        ports.flatMap(isCluster ? clusterPorts : adminPorts),
        {},
      ),
    }),
  });
  const { namespaces, pods } = policy.subject;
  return {
    ...(isCluster && { tier: policy.tier === 'admin' ? 'Admin' : 'Baseline' }),
    ...(policy.kind !== 'BaselineAdminNetworkPolicy' && { priority: policy.priority }),
    subject: {
      pods: {
        namespaceSelector: selector('selector' in namespaces ? namespaces.selector : []),
        podSelector: selector(pods),
      },
    },
    ingress: policy.rules.ingress.map((one) => rule('ingress', one)),
    egress: policy.rules.egress.map((one) => rule('egress', one)),
  };
}

/** S32: a named port stands next to pods only, and matches no others anyway. */
function everybody(direction: Direction, ports: Rule['ports']): object[] {
  const named = ports !== 'any' && ports.some(({ kind }) => kind === 'named');
  return direction === 'ingress' || named ? [{ namespaces: {} }] : [{ networks: ['0.0.0.0/0', '::/0'] }];
}

function tieredPeer(peer: PeerMatch): object {
  switch (peer.kind) {
    case 'pods':
      return 'selector' in peer.namespaces
        ? {
            pods: { namespaceSelector: selector(peer.namespaces.selector), podSelector: selector(peer.pods) },
          }
        : {};
    case 'block':
      return { networks: [formatCidr(peer.cidr)] };
    case 'nodes':
      return { nodes: selector(peer.selector) };
    case 'domain':
      return { domainNames: [peer.name] };
  }
}

function adminPorts(port: PortMatch): object[] {
  if (port.kind === 'named') return [{ namedPort: port.name }];
  return splitSpan(port.span).map(({ protocol, first, last }) =>
    first === last && first > 0
      ? { portNumber: { protocol, port: first } }
      : { portRange: { protocol, start: Math.max(first, 1), end: Math.max(last, 1) } },
  );
}

function clusterPorts(port: PortMatch): object[] {
  if (port.kind === 'named') return [{ destinationNamedPort: port.name }];
  return splitSpan(port.span).map(({ protocol, first, last }) => {
    const [start, end] = [Math.max(first, 1), Math.max(last, 1)];
    const ports = start === end ? { number: start } : { range: { start, end } };
    return { [protocol.toLowerCase()]: isWhole(first, last) ? {} : { destinationPort: ports } };
  });
}

function isWhole(first: number, last: number): boolean {
  return first === 0 && last === 65535;
}

/** An empty list would be no list, which means any. */
function orUnknown(items: readonly object[], unknown: object): readonly object[] {
  return items.length > 0 ? items : [unknown];
}

function selector(requirements: Selector): object {
  return {
    matchExpressions: requirements.map(({ key, operator, values }) => ({ key, operator, values })),
  };
}
