import { decide, type Peer } from '../../../decision/decide.ts';
import type { CompiledRule } from '../../../decision/policies.ts';
import { makeSubject, type Subject } from '../../../decision/subject.ts';
import { partAt } from '../../../decision/verdicts.ts';
import type { Pod, Policy } from '../../../model/types.ts';
import { getOrMake } from '../../../values/collections.ts';
import { pointOf } from '../../../values/ports.ts';
import { type DnsServers, dnsServers, isDnsServer } from '../dns-servers.ts';
import type { Found } from '../finding.ts';
import type { Population } from '../population.ts';
import type { LintRule } from '../rule.ts';
import { workloadsText } from '../words.ts';

export const egressWithoutDns: LintRule = {
  id: 'egress-without-dns',
  severity: 'warning',
  finds: 'Pods that are isolated for egress and can reach no DNS server, so that names do not resolve.',
  *check(context) {
    const { population } = context;
    const servers = dnsServers(context.cluster, population);
    const cutOff = new Map<Policy, { readonly some: Pod[]; readonly closed: Pod[] }>();
    for (const { policies, ports, pods } of population.groups) {
      const subject = makeSubject(policies, ports);
      const isolating = subject.rules.egress.isolation?.policy;
      if (!isolating || reachesDns(subject, servers, population)) continue;
      const concerned = pods.filter((pod) => !isDnsServer(pod) && !context.rejectedIsolates(pod, 'egress'));
      const { some, closed } = getOrMake(cutOff, isolating, () => ({ some: [], closed: [] }));
      (allowRules(subject).length === 0 ? closed : some).push(...concerned);
    }
    for (const [policy, { some, closed }] of cutOff) {
      const at = context.placeOf(policy, ['spec', 'egress']);
      if (some.length > 0) yield { at, ...wordsFor(some, 'can reach no DNS server'), pods: some };
      // Who may open no connection at all has no use for names.
      if (closed.length > 0)
        yield {
          at,
          ...wordsFor(closed, 'may connect to nobody, not even to DNS'),
          pods: closed,
          severity: 'info',
        };
    }
  },
};

function wordsFor(pods: readonly Pod[], what: string): Pick<Found, 'message' | 'fix'> {
  return {
    message: `isolates for egress, and ${workloadsText(pods)} ${what}`,
    fix: 'Allow egress to the pods k8s-app=kube-dns of namespace kube-system, on UDP and TCP port 53',
  };
}

const PORT_53 = [pointOf('UDP', 53), pointOf('TCP', 53)];

/**
 * Whether a DNS server may be reached. A rule for port 53 is meant for one, whoever its peers are; of a rule for more
 * ports it counts whether a server is among its peers.
 */
function reachesDns(subject: Subject, servers: DnsServers, population: Population): boolean {
  if (servers.peers.some((peer) => isOpen(subject, peer))) return true;
  return allowRules(subject).some((rule) => {
    if (!isMeantForDns(rule, servers)) return false;
    const peers = [...peersOf(rule, population)];
    return peers.some((peer) => isOpen(subject, peer)) || (peers.length === 0 && !servers.areKnown);
  });
}

function isOpen(subject: Subject, peer: Peer): boolean {
  const verdicts = decide('egress', subject, peer);
  const points = [
    ...PORT_53,
    ...peer.ports.filter(isDnsPort).map(({ protocol, port }) => pointOf(protocol, port)),
  ];
  return points.some((point) => partAt(verdicts, point).verdict !== 'deny');
}

/** The names that CoreDNS' manifests use, on whatever number it listens. */
function isDnsPort({ name }: Pod['ports'][number]): boolean {
  return name === 'dns' || name === 'dns-tcp';
}

function allowRules({ rules: { egress } }: Subject): CompiledRule[] {
  return [...egress.tiers.admin.rules, ...egress.tiers.network.rules].filter(
    ({ action }) => action === 'allow',
  );
}

function isMeantForDns(rule: CompiledRule, { areKnown }: DnsServers): boolean {
  const ports = rule.reason.rule?.ports ?? [];
  const names53 =
    ports !== 'any' &&
    ports.some((port) =>
      port.kind === 'named'
        ? port.name === 'dns' || port.name === 'dns-tcp'
        : port.span.first === port.span.last && PORT_53.includes(port.span.first),
    );
  if (names53 || areKnown) return names53;
  // The servers are not among the input, and may well be in a block.
  const peers = rule.reason.rule?.peers ?? [];
  return peers !== 'any' && peers.some(({ kind }) => kind === 'block') && rule.spans.some(holds53);
}

function holds53({ first, last }: CompiledRule['spans'][number]): boolean {
  return PORT_53.some((point) => first <= point && point <= last);
}

/** Peers of the rule, of which each is all that the rule knows of it. */
function* peersOf(rule: CompiledRule, { profiles }: Population): Iterable<Peer> {
  const found = rule.everybody ? profiles.all() : rule.peers.flatMap((fact) => [...profiles.withFact(fact)]);
  for (const { facts, ports } of found) yield { facts: new Set(facts), ports, namesKnown: false };
}
