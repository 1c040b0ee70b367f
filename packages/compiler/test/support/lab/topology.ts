/** Who is where in the lab's network: read from cluster.yaml, so that policies and packets mean the same hosts. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { type Address, type Family, familyOf, parseAddress } from '../../../src/values/address.ts';

export const CLUSTER_FILE = new URL('./cluster.yaml', import.meta.url).pathname;

/** The node whose ruleset is under test; its network namespace forwards for all others. */
export const NODE = 'near';

export type EndpointKind = 'local pod' | 'remote pod' | 'own node' | 'other node' | 'external';

export interface Endpoint {
  /** `namespace/name` of a pod, else a plain name. */
  readonly name: string;
  readonly kind: EndpointKind;
  /** The network namespace that holds its addresses; `outside` is shared by all that this node does not host. */
  readonly site: string;
  readonly addresses: Readonly<Record<Family, Address>>;
}

export const ROUTER = 'router';
export const OUTSIDE = 'outside';

/** Hosts that no Kubernetes object mentions; the documentation prefixes of RFC 5737 and RFC 3849. */
const EXTERNALS: readonly Endpoint[] = [
  endpoint('partner', 'external', OUTSIDE, ['192.0.2.10', '2001:db8:1::10']),
  endpoint('stranger', 'external', OUTSIDE, ['198.51.100.20', '2001:db8:2::20']),
];

/** Only what the topology needs; the product's own reader judges the rest. */
interface ClusterObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly nodeName: string; readonly hostNetwork?: boolean };
  readonly status: {
    readonly phase: string;
    readonly podIPs: readonly { readonly ip: string }[];
    readonly addresses: readonly { readonly address: string }[];
  };
}

/** Every host of the lab: the local pods first, then what lives elsewhere. */
export function readTopology(): readonly Endpoint[] {
  return Object.freeze([...endpointsOf(readFileSync(CLUSTER_FILE, 'utf8'), NODE), ...EXTERNALS]);
}

/** The pods and nodes of a cluster (YAML documents) in which `node` is the one whose ruleset is under test. */
export function endpointsOf(yaml: string, node: string): readonly Endpoint[] {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as ClusterObject);
  const nodes = objects.filter((object) => object.kind === 'Node').map((each) => nodeEndpoint(each, node));
  const pods = objects.filter(hasOwnAddress).map((pod, index) => podEndpoint(pod, index, node));
  const byLocality = pods.toSorted((a, b) => Number(a.site === OUTSIDE) - Number(b.site === OUTSIDE));
  return [...byLocality, ...nodes];
}

/** Host-network pods use their node's address (S42), finished ones have none (S44). */
function hasOwnAddress(object: ClusterObject): boolean {
  return object.kind === 'Pod' && object.spec.hostNetwork !== true && object.status.phase === 'Running';
}

function podEndpoint(pod: ClusterObject, index: number, ownNode: string): Endpoint {
  const local = pod.spec.nodeName === ownNode;
  return endpoint(
    `${pod.metadata.namespace}/${pod.metadata.name}`,
    local ? 'local pod' : 'remote pod',
    local ? `pod${index}` : OUTSIDE,
    pod.status.podIPs.map(({ ip }) => ip),
  );
}

function nodeEndpoint(node: ClusterObject, ownNode: string): Endpoint {
  const own = node.metadata.name === ownNode;
  return endpoint(
    `node ${node.metadata.name}`,
    own ? 'own node' : 'other node',
    own ? ROUTER : OUTSIDE,
    node.status.addresses.map(({ address }) => address),
  );
}

/** One address per family; throws where one is missing. */
export function endpoint(name: string, kind: EndpointKind, site: string, texts: readonly string[]): Endpoint {
  const addresses = new Map(texts.map((text) => [familyOf(text as Address), parseAddress(text)]));
  const [four, six] = [addresses.get(4), addresses.get(6)];
  if (!four || !six) throw new Error(`${name} needs one IPv4 and one IPv6 address, has ${texts.join(', ')}`);
  return Object.freeze({ name, kind, site, addresses: Object.freeze({ 4: four, 6: six }) });
}
