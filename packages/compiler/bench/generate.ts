import type {
  ModelObject,
  NamedPort,
  Namespace,
  Node,
  Owner,
  Pod,
  PodMatch,
  Policy,
  PortMatch,
  Requirement,
  Rule,
} from '../src/model/types.ts';
import { readLabels } from '../src/objects/labels.ts';
import type { Address } from '../src/values/address.ts';
import { formatIp } from '../src/values/address.ts';
import { type Cidr, parseCidr } from '../src/values/cidr.ts';
import { spanOf } from '../src/values/ports.ts';
import { sharedText } from '../src/values/share-pool.ts';

/** The node that the benchmarks compile for. */
export const LOCAL_NODE = 'node-0';

const PODS_PER_NODE = 110;
const PODS_PER_NAMESPACE = 100;
const PODS_PER_APP = 10;
const APPS = PODS_PER_NAMESPACE / PODS_PER_APP;
const NAMESPACES_PER_TEAM = 10;

const PORTS: readonly (readonly NamedPort[])[] = [8080, 8081].map((port) => [
  { name: 'http', protocol: 'TCP', port },
  { name: 'metrics', protocol: 'TCP', port: 9090 },
]);

const OWNERS: readonly Owner[] = Array.from({ length: APPS }, (_, app) => ({
  kind: 'Deployment',
  name: `app-${app}`,
}));

export interface Scale {
  readonly pods: number;
  readonly policies: number;
}

/**
 * A cluster of dual-stack pods: nodes of 110, namespaces of 100, apps of 10, teams of 10 namespaces, with policies
 * spread over the namespaces. Labels, ports and names are shared between
 * pods as the loader shares them.
 */
export function generateCluster({ pods, policies }: Scale): ModelObject[] {
  const objects: ModelObject[] = [];
  const nodes = nodesFor(pods);
  for (let i = 0; i < nodes; i++) objects.push(nodeOf(i));
  const namespaces = Math.ceil(pods / PODS_PER_NAMESPACE);
  for (let i = 0; i < namespaces; i++)
    objects.push({ kind: 'Namespace', name: `ns-${i}`, labels: namespaceLabels(i), source: undefined });
  for (let i = 0; i < pods; i++) objects.push(podOf(i, i % nodes, i));
  for (let i = 0; i < policies; i++)
    objects.push(policyOf(i, i % namespaces, Math.floor(i / namespaces) % APPS));
  return objects;
}

export function nodesFor(pods: number): number {
  return Math.ceil(pods / PODS_PER_NODE);
}

/** Pod number `i` on a node, with the `n`-th address. Pods are dealt to the nodes like cards. */
export function podOf(i: number, node: number, n: number): Pod {
  const namespace = Math.floor(i / PODS_PER_NAMESPACE);
  const app = Math.floor((i % PODS_PER_NAMESPACE) / PODS_PER_APP);
  return {
    kind: 'Pod',
    namespace: sharedText(`ns-${namespace}`),
    name: `app-${app}-${i}`,
    labels: readLabels({
      app: `app-${app}`,
      tier: ['web', 'api', 'db'][app % 3] as string,
      version: `v${i % 2}`,
      'pod-template-hash': `${namespace}-${app}`,
    }),
    addresses: addressesOf(n),
    node: sharedText(`node-${node}`),
    hostAddresses: [],
    hostNetwork: false,
    finished: false,
    ports: PORTS[app % 2] as readonly NamedPort[],
    owner: OWNERS[app] as Owner,
    source: undefined,
  };
}

/** In canonical text, put together without big integers: their litter would be measured too. */
function addressesOf(n: number): Address[] {
  const [high, low] = [Math.floor(n / 65536), n % 65536];
  const tail = [high, low]
    .filter((group, i) => (i === 1 ? n > 0 : group > 0))
    .map((group) => group.toString(16));
  return [`10.${high}.${low >> 8}.${low & 255}`, `fd00::${tail.join(':')}`] as Address[];
}

function nodeOf(i: number): Node {
  const value = 0xac10_0000n + BigInt(i);
  const addresses = [formatIp({ family: 4, value })];
  return {
    kind: 'Node',
    name: `node-${i}`,
    labels: readLabels({ 'kubernetes.io/hostname': `node-${i}` }),
    addresses,
    podCidrs: [],
    source: undefined,
  };
}

function namespaceLabels(i: number): Namespace['labels'] {
  return readLabels({ 'kubernetes.io/metadata.name': `ns-${i}`, team: teamOf(i) });
}

/** Mostly NetworkPolicies of four sorts; one in a hundred an AdminNetworkPolicy. */
function policyOf(i: number, namespace: number, app: number): Policy {
  if (i % 100 === 99) return adminPolicyOf(i, namespace);
  const inNamespace = `ns-${namespace}`;
  const peersBySort: readonly Rule['peers'][] = [
    [podsIn(inNamespace, { app: `app-${(app + 1) % APPS}` })],
    [podsOfTeam(teamOf(namespace), { tier: 'web' })],
    [
      {
        kind: 'block',
        cidr: cidr(`192.${i % 200}.0.0/16`),
        except: [cidr(`192.${i % 200}.${i % 250}.0/24`)],
      },
    ],
    [podsIn(inNamespace, {})],
  ];
  const tcp = (first: number, last = first): PortMatch => ({
    kind: 'span',
    span: spanOf('TCP', first, last),
  });
  return {
    kind: 'NetworkPolicy',
    tier: 'network',
    namespace: inNamespace,
    name: `np-${i}`,
    priority: 0,
    subject: podsIn(inNamespace, { app: `app-${app}` }),
    isolates: { ingress: true, egress: i % 2 === 0 },
    rules: {
      ingress: [
        rule(0, 'allow', peersBySort[app % 4] as Rule['peers'], [
          tcp(8080),
          { kind: 'named', name: 'metrics', protocol: 'TCP' },
        ]),
        rule(1, 'allow', peersBySort[(app + 1) % 4] as Rule['peers'], [tcp(443)]),
      ],
      egress:
        i % 2 === 0
          ? [
              rule(0, 'allow', 'any', [{ kind: 'span', span: spanOf('UDP', 53, 53) }]),
              rule(1, 'allow', peersBySort[(app + 3) % 4] as Rule['peers'], [tcp(5000, 5010)]),
            ]
          : [],
    },
    source: undefined,
  };
}

function adminPolicyOf(i: number, namespace: number): Policy {
  return {
    kind: 'AdminNetworkPolicy',
    tier: 'admin',
    namespace: '',
    name: `anp-${i}`,
    priority: i % 1000,
    subject: podsOfTeam(teamOf(namespace), {}),
    isolates: { ingress: false, egress: false },
    rules: {
      ingress: [
        rule(
          0,
          'deny',
          [podsOfTeam(teamOf(namespace + NAMESPACES_PER_TEAM), { tier: 'db' })],
          [{ kind: 'span', span: spanOf('TCP', 22, 22) }],
        ),
      ],
      egress: [],
    },
    source: undefined,
  };
}

function rule(index: number, action: Rule['action'], peers: Rule['peers'], ports: Rule['ports']): Rule {
  return { action, name: undefined, index, peers, ports, source: undefined };
}

function teamOf(namespace: number): string {
  return `team-${Math.floor(namespace / NAMESPACES_PER_TEAM)}`;
}

function podsIn(name: string, labels: Record<string, string>): PodMatch {
  return { kind: 'pods', namespaces: { name }, pods: selectorOf(labels) };
}

function podsOfTeam(team: string, labels: Record<string, string>): PodMatch {
  return { kind: 'pods', namespaces: { selector: selectorOf({ team }) }, pods: selectorOf(labels) };
}

function selectorOf(labels: Record<string, string>): Requirement[] {
  return Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new TypeError(`not a CIDR: ${text}`);
  return parsed.cidr;
}
