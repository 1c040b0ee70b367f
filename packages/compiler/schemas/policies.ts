/** The fields of the policy kinds, piece by piece: what is valid alone is validated alone, so one error hides no other. */
import {
  anyList,
  anyMapping,
  integer,
  list,
  mapping,
  oneOf,
  portNumber,
  protocol,
  type Schema,
  selector,
  text,
} from './parts.ts';

const LABEL_NAME = '[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?';
const DNS_LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

/** Label keys and values as the API server takes them. */
const labelKey: Schema = {
  type: 'string',
  pattern: `^(?!.{254,}/)(${DNS_LABEL}(\\.${DNS_LABEL})*/)?${LABEL_NAME}$`,
  description: 'a label key such as app or example.com/app',
  code: 'label-key',
};
const labelValue: Schema = {
  type: 'string',
  pattern: `^(${LABEL_NAME})?$`,
  description:
    "a string of at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends, or empty",
  code: 'label-value',
};

const RULES_V1ALPHA1 = 100;
const RULES_V1ALPHA2 = 25;

/** networks and domainNames, in both API versions (S35). */
const shortTexts = list(text, { minItems: 1, maxItems: 25 });

function tieredSpec(rules: number): Record<string, Schema> {
  return {
    subject: { ...anyMapping, description: 'namespaces or pods' },
    ingress: { ...anyList, maxItems: rules },
    egress: { ...anyList, maxItems: rules },
  };
}

function tieredRule(peers: 'from' | 'to', ports: 'ports' | 'protocols', limit: number): Schema {
  return mapping(
    {
      name: { type: 'string', maxLength: 100, description: 'at most 100 characters' },
      action: { ...text, description: 'an action such as Deny' },
      [peers]: { ...anyList, minItems: 1, maxItems: limit, description: 'a list of peers' },
      [ports]: { ...anyList, minItems: 1, maxItems: limit },
    },
    ['action', peers],
  );
}

const priority = integer(0, 1000);

export const policySchemas = {
  selector: mapping({ matchLabels: anyMapping, matchExpressions: anyList }),
  matchLabels: { type: 'object', propertyNames: labelKey, additionalProperties: labelValue },
  requirement: mapping(
    { key: labelKey, operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'), values: list(labelValue) },
    ['key', 'operator'],
  ),

  networkPolicySpec: mapping({
    podSelector: selector,
    policyTypes: list(oneOf('Ingress', 'Egress')),
    ingress: anyList,
    egress: anyList,
  }),
  networkPolicyIngressRule: mapping({ from: anyList, ports: anyList }),
  networkPolicyEgressRule: mapping({ to: anyList, ports: anyList }),
  networkPolicyPeer: mapping({
    podSelector: selector,
    namespaceSelector: selector,
    ipBlock: anyMapping,
  }),
  ipBlock: mapping({ cidr: { ...text, description: 'a CIDR such as 10.0.0.0/8' }, except: list(text) }, [
    'cidr',
  ]),
  networkPolicyPort: mapping({
    protocol,
    port: {
      type: ['integer', 'string'],
      minimum: 1,
      maximum: 65535,
      description: 'a whole number from 1 to 65535 or the name of a port',
    },
    endPort: portNumber,
  }),

  adminSpec: mapping({ ...tieredSpec(RULES_V1ALPHA1), priority }, ['priority', 'subject']),
  baselineSpec: mapping(tieredSpec(RULES_V1ALPHA1), ['subject']),
  adminIngressRule: tieredRule('from', 'ports', RULES_V1ALPHA1),
  adminEgressRule: tieredRule('to', 'ports', RULES_V1ALPHA1),
  adminPort: mapping({ portNumber: anyMapping, portRange: anyMapping, namedPort: text }),
  adminPortNumber: mapping({ protocol, port: portNumber }, ['port']),
  adminPortRange: mapping({ protocol, start: portNumber, end: portNumber }, ['start', 'end']),

  clusterSpec: mapping({ ...tieredSpec(RULES_V1ALPHA2), priority, tier: oneOf('Admin', 'Baseline') }, [
    'priority',
    'subject',
    'tier',
  ]),
  clusterIngressRule: tieredRule('from', 'protocols', RULES_V1ALPHA2),
  clusterEgressRule: tieredRule('to', 'protocols', RULES_V1ALPHA2),
  clusterProtocol: mapping({
    tcp: anyMapping,
    udp: anyMapping,
    sctp: anyMapping,
    destinationNamedPort: text,
  }),
  clusterProtocolPorts: mapping({ destinationPort: anyMapping }),
  clusterDestinationPort: mapping({ number: portNumber, range: anyMapping }),
  clusterPortRange: mapping({ start: portNumber, end: portNumber }, ['start', 'end']),

  subject: mapping({ namespaces: selector, pods: anyMapping }),
  tieredPeer: mapping({
    namespaces: selector,
    pods: anyMapping,
    nodes: selector,
    networks: shortTexts,
    domainNames: shortTexts,
  }),
  podsV1alpha1: mapping({ namespaceSelector: selector, podSelector: selector }, [
    'namespaceSelector',
    'podSelector',
  ]),
  podsV1alpha2: mapping({ namespaceSelector: selector, podSelector: selector }, ['podSelector']),
} satisfies Record<string, Schema>;
