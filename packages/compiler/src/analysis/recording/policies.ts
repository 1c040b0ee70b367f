/** Policies as they came, without what nobody reads; renamed field by field where pseudonyms are wanted. */
import type { ObjectRef } from '../../errors.ts';
import type { RawMapping } from '../../objects/raw.ts';
import { isMapping } from '../../objects/shape.ts';
import { type Names, nameOfKey, nameOfValue, OWN_NAMES } from './names.ts';

export interface RawPolicy {
  readonly ref: ObjectRef;
  readonly raw: RawMapping;
  /** Whether it was found to be broken, so that its fields need not be where one looks for them. */
  readonly rejected: boolean;
}

/** The policy whole: what is wrong or unknown in it is as much worth a look as what is right. */
export function policyManifest({ ref, raw }: RawPolicy, names: Names): object {
  const name = ref.kind === 'BaselineAdminNetworkPolicy' ? ref.name : names('policy', ref.name);
  return {
    apiVersion: raw['apiVersion'],
    kind: ref.kind,
    metadata: ref.namespace === '' ? { name } : { name, namespace: names('namespace', ref.namespace) },
    spec: names === OWN_NAMES ? raw['spec'] : SPEC(raw['spec'], names),
  };
}

/** Renames what a field holds. */
type Rename = (value: unknown, names: Names) => unknown;

const same: Rename = (value) => value;

/** Null is absence everywhere. */
const orNull =
  (rename: Rename): Rename =>
  (value, names) =>
    value === null ? null : rename(value, names);

/**
 * A field that is not listed is one that this version does not know. That it is there may close a rule (S33); what it
 * holds says nothing to anybody here, and might be a name.
 */
const fields = (known: Readonly<Record<string, Rename>>): Rename =>
  orNull((value, names) => {
    if (!isMapping(value)) return value;
    const rename = (key: string): unknown => {
      const field = value[key];
      if (field === null) return null;
      return Object.hasOwn(known, key) ? (known[key] as Rename)(field, names) : true;
    };
    return Object.fromEntries(Object.keys(value).map((key) => [key, rename(key)]));
  });

const each = (item: Rename): Rename =>
  orNull((value, names) => (Array.isArray(value) ? value.map((one) => item(one, names)) : value));

const text = (rename: (value: string, names: Names) => string): Rename =>
  orNull((value, names) => (typeof value === 'string' ? rename(value, names) : value));

const SELECTOR: Rename = (selector, names) => {
  const requirement: Rename = (item) => {
    const key = isMapping(item) && typeof item['key'] === 'string' ? item['key'] : '';
    return fields({
      key: text((value) => nameOfKey(names, value)),
      operator: same,
      values: each(text((value) => nameOfValue(names, key, value))),
    })(item, names);
  };
  return fields({ matchLabels: LABELS, matchExpressions: each(requirement) })(selector, names);
};

const LABELS: Rename = orNull((value, names) => {
  if (!isMapping(value)) return value;
  const entries = Object.entries(value) as [string, string][];
  return Object.fromEntries(
    entries.map(([key, label]) => [nameOfKey(names, key), nameOfValue(names, key, label)]),
  );
});

/** Label by label, so that a wildcard goes on to cover what it covered. */
const DOMAIN = text((name, names) =>
  name
    .split('.')
    .map((label) => (label === '*' || label === '' ? label : names('domain', label.toLowerCase())))
    .join('.'),
);

const PORT_NAME = text((name, names) => names('port', name));
const PODS = fields({ namespaceSelector: SELECTOR, podSelector: SELECTOR });
const ENDS = fields({ protocol: same, port: same, start: same, end: same });
const PROTOCOL = fields({ destinationPort: fields({ number: same, range: ENDS }) });

const PEER = fields({
  podSelector: SELECTOR,
  namespaceSelector: SELECTOR,
  ipBlock: fields({ cidr: same, except: same }),
  namespaces: SELECTOR,
  pods: PODS,
  nodes: SELECTOR,
  networks: same,
  domainNames: each(DOMAIN),
});

const PORT = fields({
  protocol: same,
  port: PORT_NAME,
  endPort: same,
  portNumber: ENDS,
  portRange: ENDS,
  namedPort: PORT_NAME,
  tcp: PROTOCOL,
  udp: PROTOCOL,
  sctp: PROTOCOL,
  destinationNamedPort: PORT_NAME,
});

const RULE = fields({
  name: text((name, names) => names('rule', name)),
  action: same,
  from: each(PEER),
  to: each(PEER),
  ports: each(PORT),
  protocols: each(PORT),
});

const SPEC = fields({
  podSelector: SELECTOR,
  policyTypes: same,
  subject: fields({ namespaces: SELECTOR, pods: PODS }),
  priority: same,
  tier: same,
  ingress: each(RULE),
  egress: each(RULE),
});
