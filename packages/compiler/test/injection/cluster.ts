/** A small cluster as JSON, with places for a hostile text wherever the API has a string. */
import type { Site, Texts } from './sites.ts';

/** At most this many characters may a rule name have (S35): a longer one is an error, not an injection. */
const RULE_NAME_LENGTH = 100;

const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';
const V1ALPHA2 = 'policy.networking.k8s.io/v1alpha2';

/** The cluster, with one object for each site at least. No name decides about an order or about an address. */
export function clusterWith(texts: Texts): readonly object[] {
  const at = (site: Site, usual: string): string => texts(site) ?? usual;
  const extra = (site: Site): object => {
    const key = texts(site);
    return key === undefined ? {} : { [key]: {} };
  };
  const labels = (key: Site, value: Site): object => ({ [at(key, 'usual')]: at(value, 'usual') });
  const node = at('node name', 'worker-1');
  const namespace = at('namespace name', 'shop');
  const ruleName = (site: Site): string => at(site, 'rule').slice(0, RULE_NAME_LENGTH);
  const pod = (name: string, app: string, address: string): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { ...labels('pod label key', 'pod label value'), app },
      annotations: { note: at('pod annotation', 'note') },
      ownerReferences: [{ kind: at('owner kind', 'Job'), name: at('owner name', 'owner'), controller: true }],
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: at('container name', 'c'),
          image: at('image', 'i'),
          ports: [
            {
              name: at('container port name', 'http'),
              containerPort: 8080,
              protocol: at('container port protocol', 'TCP'),
            },
          ],
        },
      ],
    },
    status: { phase: at('pod phase', 'Running'), podIPs: [{ ip: at('pod address', address) }] },
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node, labels: labels('node label key', 'node label value') },
      spec: { podCIDRs: [at('pod CIDR', '10.244.1.0/24')] },
      status: { addresses: [{ type: 'InternalIP', address: at('node address', '172.18.0.2') }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: labels('namespace label key', 'namespace label value') },
    },
    pod(at('pod name', 'web'), 'web', '10.244.1.10'),
    pod('other', 'other', '10.244.1.11'),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: at('NetworkPolicy name', 'np'), namespace },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: [at('policy type', 'Ingress'), 'Egress'],
        ingress: [
          {
            from: [
              {
                podSelector: { matchLabels: { [at('selector key', 'app')]: at('selector value', 'other') } },
              },
            ],
            ports: [
              { port: at('policy port name', 'http'), protocol: at('policy port protocol', 'TCP') },
              { port: 443 },
            ],
          },
          { from: [{ podSelector: {}, ...extra('unknown peer field') }], ports: [{ port: 81 }] },
          {
            from: [
              {
                podSelector: {
                  matchExpressions: [{ key: 'app', operator: at('selector operator', 'Exists') }],
                },
              },
            ],
            ports: [{ port: 82 }],
          },
        ],
        egress: [
          {
            to: [
              {
                ipBlock: {
                  cidr: at('policy CIDR', '192.0.2.0/24'),
                  except: [at('policy exception', '192.0.2.128/25')],
                },
              },
            ],
          },
        ],
        ...extra('unknown spec field'),
      },
    },
    {
      apiVersion: V1ALPHA1,
      kind: 'AdminNetworkPolicy',
      metadata: { name: at('AdminNetworkPolicy name', 'anp') },
      spec: {
        priority: 1,
        subject: { namespaces: {} },
        ingress: [
          {
            name: ruleName('AdminNetworkPolicy rule name'),
            action: at('action', 'Deny'),
            from: [{ namespaces: {} }],
            ports: [{ portNumber: { port: 22 } }],
          },
        ],
        egress: [
          { action: 'Deny', to: [{ nodes: {} }, { networks: [at('network', '198.51.100.0/24')] }] },
          { action: 'Allow', to: [{ domainNames: [at('domain name', 'www.example.com')] }] },
        ],
      },
    },
    {
      apiVersion: at('API version', V1ALPHA2),
      kind: 'ClusterNetworkPolicy',
      metadata: { name: at('ClusterNetworkPolicy name', 'cnp') },
      spec: {
        tier: at('tier', 'Admin'),
        priority: 2,
        subject: { namespaces: {} },
        ingress: [
          {
            name: ruleName('ClusterNetworkPolicy rule name'),
            action: 'Deny',
            from: [{ namespaces: {} }],
            protocols: [{ tcp: { destinationPort: { number: 23 } } }],
          },
        ],
      },
    },
    {
      apiVersion: V1ALPHA1,
      kind: 'BaselineAdminNetworkPolicy',
      metadata: { name: 'default' },
      spec: {
        subject: { namespaces: {} },
        ingress: [
          {
            name: ruleName('BaselineAdminNetworkPolicy rule name'),
            action: 'Deny',
            from: [{ namespaces: {} }],
            ports: [{ portNumber: { port: 24 } }],
          },
        ],
      },
    },
    { apiVersion: 'v1', kind: at('skipped kind', 'Service'), metadata: { name: at('skipped name', 's') } },
  ];
}

/** The cluster as the text of a file. */
export function manifest(texts: Texts): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: clusterWith(texts) });
}
