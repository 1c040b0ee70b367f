/** NetworkPolicy, networking.k8s.io/v1 (S10–S28). */
import type { Direction, Policy, Rule, Selector } from '../model/types.ts';
import { frozenList } from '../values/collections.ts';
import type { Identity } from './identity.ts';
import { readNetworkPolicyPeer } from './network-policy-peer.ts';
import { readNetworkPolicyPort } from './network-policy-port.ts';
import type { RawMapping, Shapes } from './raw.ts';
import type { Path, Reader } from './report.ts';
import { joinParts, makeRule, type Part } from './rules.ts';
import { readSelector } from './selector.ts';
import { readShape } from './shape.ts';

/** Undefined when what it selects cannot be read. Only complete when no error was reported. */
export function readNetworkPolicy(raw: RawMapping, identity: Identity, reader: Reader): Policy | undefined {
  const { value: spec } = readShape(
    'networkPolicySpec',
    raw['spec'] ?? {},
    ['spec'],
    reader,
    'field-ignored',
  );
  const selector = readSelector(spec.podSelector ?? {}, ['spec', 'podSelector'], reader, 'subject-invalid');
  const rules = {
    ingress: readRules('ingress', spec.ingress ?? [], identity, reader),
    egress: readRules('egress', spec.egress ?? [], identity, reader),
  };
  if (selector.state !== 'fine') return undefined;
  return Object.freeze({
    kind: 'NetworkPolicy',
    tier: 'network',
    namespace: identity.namespace,
    name: identity.name,
    priority: 0,
    subject: podsOf(identity.namespace, selector.value),
    isolates: isolates(spec, raw['spec']),
    rules: Object.freeze(rules),
    source: identity.source,
  });
}

/** Pods of one namespace (S17). */
export function podsOf(namespace: string, pods: Selector): Policy['subject'] {
  return Object.freeze({ kind: 'pods', namespaces: Object.freeze({ name: namespace }), pods });
}

const ISOLATES = Object.freeze({
  ingress: Object.freeze({ ingress: true, egress: false }),
  egress: Object.freeze({ ingress: false, egress: true }),
  both: Object.freeze({ ingress: true, egress: true }),
});

/** S11. What could not be read is not in `spec`: it may have named either direction, so both are isolated (S50). */
function isolates(spec: Shapes['networkPolicySpec'], raw: unknown): Policy['isolates'] {
  const isBroken = (field: 'policyTypes' | 'egress'): boolean =>
    ((raw as RawMapping | null | undefined)?.[field] ?? null) !== null && (spec[field] ?? null) === null;
  if (isBroken('policyTypes') || isBroken('egress')) return ISOLATES.both;
  const types = spec.policyTypes ?? [];
  if (types.length === 0) return (spec.egress ?? []).length > 0 ? ISOLATES.both : ISOLATES.ingress;
  if (!types.includes('Egress')) return ISOLATES.ingress;
  return types.includes('Ingress') ? ISOLATES.both : ISOLATES.egress;
}

function readRules(
  direction: Direction,
  raw: readonly unknown[],
  identity: Identity,
  reader: Reader,
): readonly Rule[] {
  return frozenList(raw.map((item, index) => readRule(direction, item, index, identity.namespace, reader)));
}

function readRule(
  direction: Direction,
  raw: unknown,
  index: number,
  namespace: string,
  reader: Reader,
): Rule {
  const path: Path = ['spec', direction, index];
  const { state, peers, ports } = readParts(direction, raw, path, reader);
  return makeRule({
    action: 'allow',
    name: undefined,
    index,
    peers: eachOf(peers, (item, at) =>
      readNetworkPolicyPeer(item, [...path, direction === 'ingress' ? 'from' : 'to', at], namespace, reader),
    ),
    ports: eachOf(ports, (item, at) => readNetworkPolicyPort(item, [...path, 'ports', at], reader)),
    state,
    source: reader.sourceOf(path),
  });
}

function readParts(direction: Direction, raw: unknown, path: Path, reader: Reader) {
  if (direction === 'ingress') {
    const { state, value } = readShape('networkPolicyIngressRule', raw, path, reader, 'unknown-field');
    return { state, peers: value.from, ports: value.ports };
  }
  const { state, value } = readShape('networkPolicyEgressRule', raw, path, reader, 'unknown-field');
  return { state, peers: value.to, ports: value.ports };
}

/** S14: an empty or missing list is no restriction. */
function eachOf<T>(
  items: readonly unknown[] | undefined,
  read: (item: unknown, at: number) => Part<T>,
): Part<T> | 'any' {
  if (items === undefined || items.length === 0) return 'any';
  return joinParts(items.map(read));
}
