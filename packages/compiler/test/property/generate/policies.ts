import fc from 'fast-check';
import type {
  Action,
  BlockMatch,
  Direction,
  PeerMatch,
  PodMatch,
  Policy,
  PolicyKind,
  PortMatch,
  Rule,
  Tier,
} from '../../../src/model/types.ts';
import { allPorts, spanOf } from '../../../src/values/ports.ts';
import {
  BLOCKS,
  DOMAINS,
  insideOf,
  NAMESPACES,
  NODE_BLOCKS,
  PORT_NAMES,
  port,
  protocol,
} from './alphabet.ts';
import { namespaceSelector, podSelector } from './labels.ts';

/** What the API, and so the validation, lets a policy of one kind and tier say. */
interface Dialect {
  readonly kind: PolicyKind;
  readonly tier: Tier;
  readonly actions: readonly Action[];
}

const DIALECTS: readonly Dialect[] = [
  { kind: 'AdminNetworkPolicy', tier: 'admin', actions: ['allow', 'deny', 'pass'] },
  { kind: 'ClusterNetworkPolicy', tier: 'admin', actions: ['allow', 'deny', 'pass'] },
  { kind: 'ClusterNetworkPolicy', tier: 'baseline', actions: ['allow', 'deny', 'pass'] },
  { kind: 'BaselineAdminNetworkPolicy', tier: 'baseline', actions: ['allow', 'deny'] },
];

const podMatch: fc.Arbitrary<PodMatch> = fc.record({
  kind: fc.constant('pods' as const),
  namespaces: namespaceSelector.map((selector) => ({ selector })),
  pods: podSelector,
});

/** Half of all policies are for everybody, so that they meet. */
const tieredSubject: fc.Arbitrary<PodMatch> = fc.oneof(
  fc.constant({ kind: 'pods' as const, namespaces: { selector: [] }, pods: [] }),
  podMatch,
);

/** S17: `podSelector` without `namespaceSelector`. */
const podMatchIn = (namespace: string): fc.Arbitrary<PodMatch> =>
  fc.record({
    kind: fc.constant('pods' as const),
    namespaces: fc.constant({ name: namespace }),
    pods: podSelector,
  });

const block: fc.Arbitrary<BlockMatch> = fc.constantFrom(...BLOCKS).chain((cidr) => {
  const inside = [...insideOf(cidr)];
  return fc
    .subarray(inside, { maxLength: Math.min(inside.length, 2) })
    .map((except) => ({ kind: 'block' as const, cidr, except }));
});

/** Blocks around nodes more often than others: a node is known by itself and by the block that holds it. */
const network: fc.Arbitrary<BlockMatch> = fc
  .constantFrom(...BLOCKS, ...NODE_BLOCKS, ...NODE_BLOCKS)
  .map((cidr) => ({ kind: 'block', cidr, except: [] }));

const nodeMatch: fc.Arbitrary<PeerMatch> = podSelector.map((selector) => ({ kind: 'nodes', selector }));

const domainMatch: fc.Arbitrary<PeerMatch> = fc
  .constantFrom(...DOMAINS)
  .map((name) => ({ kind: 'domain', name }));

const span: fc.Arbitrary<PortMatch> = fc
  .oneof(
    fc.tuple(protocol, port, port).map(([proto, a, b]) => spanOf(proto, Math.min(a, b), Math.max(a, b))),
    fc.tuple(protocol, port).map(([proto, one]) => spanOf(proto, one, one)),
    protocol.map(allPorts),
  )
  .map((made) => ({ kind: 'span', span: made }));

const named = (
  protocols: fc.Arbitrary<Extract<PortMatch, { kind: 'named' }>['protocol']>,
): fc.Arbitrary<PortMatch> =>
  fc.record({
    kind: fc.constant('named' as const),
    name: fc.constantFrom(...PORT_NAMES),
    protocol: protocols,
  });

const ruleName = fc.option(fc.constantFrom('one', 'two "quoted"\n; }'), { nil: undefined });

/** `any` where a rule leaves its list out; an empty list is what a rule that failed closed has left (S33). */
const listOf = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly T[] | 'any'> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.array(item, { minLength: 1, maxLength: 3, size: 'max' }) },
    { weight: 2, arbitrary: fc.constant('any' as const) },
    { weight: 1, arbitrary: fc.constant([]) },
  );

type Parts = Omit<Rule, 'index'>;

const rulesOf = (rule: fc.Arbitrary<Parts>): fc.Arbitrary<readonly Rule[]> =>
  fc
    .array(rule, { maxLength: 3, size: 'max' })
    .map((rules) => rules.map((one, index) => ({ ...one, index })));

const networkRules = (namespace: string): fc.Arbitrary<readonly Rule[]> =>
  rulesOf(
    fc.record({
      action: fc.constant('allow' as const),
      name: fc.constant(undefined),
      peers: listOf<PeerMatch>(fc.oneof(podMatch, podMatchIn(namespace), block)),
      ports: listOf<PortMatch>(
        fc.oneof({ weight: 3, arbitrary: span }, { weight: 1, arbitrary: named(protocol) }),
      ),
      source: fc.constant(undefined),
    }),
  );

/** S31–S33: selectors take named ports, addresses do not; names only where an egress rule allows. */
const tieredRules = (direction: Direction, { actions }: Dialect): fc.Arbitrary<readonly Rule[]> =>
  rulesOf(
    fc.constantFrom(...actions).chain((action) => {
      const common = { action: fc.constant(action), name: ruleName, source: fc.constant(undefined) };
      const withNames = fc.record({
        ...common,
        peers: listOf<PeerMatch>(podMatch),
        ports: listOf<PortMatch>(fc.oneof(span, named(fc.constant('any' as const)))),
      });
      if (direction === 'ingress') return withNames;
      const peers: fc.Arbitrary<PeerMatch>[] = [podMatch, network, nodeMatch];
      if (action === 'allow') peers.push(domainMatch, domainMatch);
      const withoutNames = fc.record({ ...common, peers: listOf(fc.oneof(...peers)), ports: listOf(span) });
      return fc.oneof(withNames, withoutNames);
    }),
  );

export const networkPolicy: fc.Arbitrary<Policy> = fc.constantFrom(...NAMESPACES).chain((namespace) =>
  fc
    .record({
      name: fc.constantFrom('np-0', 'np-1', 'np-2'),
      subject: podMatchIn(namespace),
      isolates: fc.constantFrom(
        { ingress: true, egress: true },
        { ingress: true, egress: false },
        { ingress: false, egress: true },
      ),
      ingress: networkRules(namespace),
      egress: networkRules(namespace),
    })
    .map(({ name, subject, isolates, ingress, egress }) => ({
      kind: 'NetworkPolicy' as const,
      tier: 'network' as const,
      namespace,
      name,
      priority: 0,
      subject,
      isolates,
      rules: { ingress, egress },
      source: undefined,
    })),
);

const tieredPolicyOf = (dialect: Dialect): fc.Arbitrary<Policy> => {
  const last = dialect.kind === 'BaselineAdminNetworkPolicy';
  return fc
    .record({
      name: last ? fc.constant('default') : fc.constantFrom('p-0', 'p-1', 'p-2'),
      priority: last ? fc.constant(0) : fc.constantFrom(0, 1, 1000),
      subject: tieredSubject,
      ingress: tieredRules('ingress', dialect),
      egress: tieredRules('egress', dialect),
    })
    .map(({ name, priority, subject, ingress, egress }) => ({
      kind: dialect.kind,
      tier: dialect.tier,
      namespace: '',
      name,
      priority,
      subject,
      isolates: { ingress: false, egress: false },
      rules: { ingress, egress },
      source: undefined,
    }));
};

export const tieredPolicy: fc.Arbitrary<Policy> = fc.oneof(...DIALECTS.map(tieredPolicyOf));

export const policy: fc.Arbitrary<Policy> = fc.oneof(networkPolicy, tieredPolicy);
