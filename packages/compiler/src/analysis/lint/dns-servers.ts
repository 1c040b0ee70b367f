import type { Cluster } from '../../cluster/cluster.ts';
import type { FactId, FactTable } from '../../cluster/facts.ts';
import { sortFacts } from '../../compiler/address-book.ts';
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
/** Where NodeLocal DNSCache listens, which runs on the host network. */
const NODE_LOCAL = parseAddress('169.254.20.10') as Address;

/** Whether a pod is one of the cluster's DNS, or has a port 53 of its own. */
export function isDnsServer({ namespace, labels, ports }: Pod): boolean {
  return (
    (namespace === NAMESPACE && labels[LABEL.key] === LABEL.value) || ports.some(({ port }) => port === 53)
  );
}

/**
 * The DNS servers of the input's pods; where there are none, one as installers make it, at an address that no policy
 * names. Those outside are not among them: a pod asks the cluster's DNS unless it is told otherwise.
 */
export function dnsServers(cluster: Cluster, population: Population): DnsServers {
  const { facts } = population;
  const found = new Map<string, Peer>();
  const add = (held: readonly FactId[], ports: readonly NamedPort[]): void => {
    const sorted = sortFacts([...held]);
    found.set(`${sorted.join(',')}|${portsKey(ports)}`, { facts: new Set(sorted), ports, namesKnown: false });
  };
  const factsOf = (namespace: string, labels: Pod['labels']): FactId[] =>
    facts.ofPod(namespace, population.labelsOf(namespace), labels);
  const pods = cluster.pods.filter((pod) => !pod.finished && isDnsServer(pod));
  for (const { namespace, labels, ports, addresses, hostNetwork, node } of pods) {
    // S42: no selector finds it there, only its node's address.
    const own = hostNetwork ? nodeFacts(cluster, node, facts) : factsOf(namespace, labels);
    const named = hostNetwork ? [] : ports;
    if (addresses.length === 0) add(own, named);
    for (const address of addresses) add([...own, ...facts.ofBlocks(address)], named);
    if (hostNetwork) add(facts.ofBlocks(NODE_LOCAL), []);
  }
  if (pods.length === 0)
    for (const family of FAMILIES) {
      const own = factsOf(NAMESPACE, readLabels({ [LABEL.key]: LABEL.value }));
      add([...own, ...facts.ofTheRest(family)], PORTS);
    }
  return { peers: [...found.values()], areKnown: pods.length > 0 };
}

function nodeFacts({ nodes }: Cluster, name: string | undefined, facts: FactTable): FactId[] {
  return nodes.filter((node) => node.name === name).flatMap((node) => facts.ofNode(node));
}
