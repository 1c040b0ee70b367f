import { type Cluster, isPolicyPod } from '../../cluster/cluster.ts';
import type { FactId } from '../../cluster/facts.ts';
import { portsKey } from '../../compiler/profiles.ts';
import type { Peer } from '../../decision/decide.ts';
import type { NamedPort, Pod } from '../../model/types.ts';
import { readLabels } from '../../objects/labels.ts';
import { type Address, FAMILIES, parseAddress } from '../../values/address.ts';
import type { Population } from './population.ts';

/** Who may answer DNS questions. */
export interface DnsServers {
  /** As the policies see them, each sort once. */
  readonly peers: readonly Peer[];
  /** Whether the input has pods that serve DNS. */
  readonly areKnown: boolean;
}

/** As the manifests of CoreDNS and kube-dns have it since the first of them. */
const NAMESPACE = 'kube-system';
const LABEL = { key: 'k8s-app', value: 'kube-dns' } as const;
const PORTS: readonly NamedPort[] = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
];
/** Where NodeLocal DNSCache listens. */
const NODE_LOCAL = parseAddress('169.254.20.10') as Address;

/** Whether a pod is one of the cluster's DNS, or has a port 53 of its own. */
export function isDnsServer({ namespace, labels, ports }: Pod): boolean {
  return (
    (namespace === NAMESPACE && labels[LABEL.key] === LABEL.value) || ports.some(({ port }) => port === 53)
  );
}

/**
 * The DNS servers that a pod may be meant to use: pods of the cluster's DNS (where the input has none, one as installers
 * make it), nodes, NodeLocal DNSCache, and the world outside that no policy names.
 */
export function dnsServers(cluster: Cluster, population: Population): DnsServers {
  const { facts } = population;
  const pods = cluster.pods.filter((pod) => isPolicyPod(pod) && isDnsServer(pod));
  const found = new Map<string, Peer>();
  const add = (held: readonly FactId[], ports: readonly NamedPort[]): void => {
    const sorted = [...new Set(held)].sort((a, b) => a - b);
    found.set(`${sorted.join(',')}|${portsKey(ports)}`, { facts: new Set(sorted), ports, namesKnown: false });
  };
  const factsOf = (namespace: string, labels: Pod['labels']): FactId[] =>
    facts.ofPod(namespace, population.labelsOf(namespace), labels);
  for (const { namespace, labels, ports, addresses } of pods) {
    const own = factsOf(namespace, labels);
    if (addresses.length === 0) add(own, ports);
    for (const address of addresses) add([...own, ...facts.ofBlocks(address)], ports);
  }
  if (pods.length === 0)
    for (const family of FAMILIES) {
      const own = factsOf(NAMESPACE, readLabels({ [LABEL.key]: LABEL.value }));
      add([...own, ...facts.ofTheRest(family)], PORTS);
    }
  for (const node of cluster.nodes)
    for (const address of node.addresses) add([...facts.ofNode(node), ...facts.ofBlocks(address)], []);
  add(facts.ofBlocks(NODE_LOCAL), []);
  for (const family of FAMILIES) add(facts.ofTheRest(family), []);
  return { peers: [...found.values()], areKnown: pods.length > 0 };
}
