/**
 * The Kubernetes spellings of what is read, as the schemas promise them: nulls are gone, and what breaks its schema is
 * absent. Every field is optional, because a broken object is still read as far as it goes (S50).
 */

/** A mapping as it came, of which nothing is known. */
export type RawMapping = Readonly<Record<string, unknown>>;

type Ends = { readonly start?: number; readonly end?: number };
type Protocol = 'TCP' | 'UDP' | 'SCTP';

interface TieredSpec {
  readonly subject?: RawMapping;
  readonly priority?: number;
  readonly ingress?: readonly unknown[];
  readonly egress?: readonly unknown[];
}

interface TieredRule {
  readonly name?: string;
  readonly action?: string;
  readonly from?: readonly unknown[];
  readonly to?: readonly unknown[];
  readonly ports?: readonly unknown[];
  readonly protocols?: readonly unknown[];
}

interface Pods {
  readonly namespaceSelector?: RawMapping;
  readonly podSelector?: RawMapping;
}

/** The type behind each schema that is read field by field (see schemas/policies.ts). */
export interface Shapes {
  selector: { readonly matchLabels?: RawMapping; readonly matchExpressions?: readonly unknown[] };
  matchLabels: Readonly<Record<string, string>>;
  requirement: {
    readonly key?: string;
    readonly operator?: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  };

  networkPolicySpec: {
    readonly podSelector?: RawMapping;
    readonly policyTypes?: readonly ('Ingress' | 'Egress')[];
    readonly ingress?: readonly unknown[];
    readonly egress?: readonly unknown[];
  };
  networkPolicyIngressRule: { readonly from?: readonly unknown[]; readonly ports?: readonly unknown[] };
  networkPolicyEgressRule: { readonly to?: readonly unknown[]; readonly ports?: readonly unknown[] };
  networkPolicyPeer: Pods & { readonly ipBlock?: RawMapping };
  ipBlock: { readonly cidr?: string; readonly except?: readonly string[] };
  networkPolicyPort: {
    readonly protocol?: Protocol;
    readonly port?: number | string;
    readonly endPort?: number;
  };

  subject: { readonly namespaces?: RawMapping; readonly pods?: RawMapping };
  tieredPeer: {
    readonly namespaces?: RawMapping;
    readonly pods?: RawMapping;
    readonly nodes?: RawMapping;
    readonly networks?: readonly string[];
    readonly domainNames?: readonly string[];
  };
  podsV1alpha1: Pods;
  podsV1alpha2: Pods;

  adminSpec: TieredSpec;
  baselineSpec: TieredSpec;
  adminIngressRule: TieredRule;
  adminEgressRule: TieredRule;
  adminPort: {
    readonly portNumber?: RawMapping;
    readonly portRange?: RawMapping;
    readonly namedPort?: string;
  };
  adminPortNumber: { readonly protocol?: Protocol; readonly port?: number };
  adminPortRange: Ends & { readonly protocol?: Protocol };

  clusterSpec: TieredSpec & { readonly tier?: 'Admin' | 'Baseline' };
  clusterIngressRule: TieredRule;
  clusterEgressRule: TieredRule;
  clusterProtocol: {
    readonly tcp?: RawMapping;
    readonly udp?: RawMapping;
    readonly sctp?: RawMapping;
    readonly destinationNamedPort?: string;
  };
  clusterProtocolPorts: { readonly destinationPort?: RawMapping };
  clusterDestinationPort: { readonly number?: number; readonly range?: RawMapping };
  clusterPortRange: Ends;
}
