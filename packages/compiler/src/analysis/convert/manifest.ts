/** One AdminNetworkPolicy or BaselineAdminNetworkPolicy, v1alpha1, in the words of ClusterNetworkPolicy, v1alpha2. */
import type { RawMapping } from '../../objects/raw.ts';
import { isMapping } from '../../objects/shape.ts';

/** S35: rules in a direction, peers in a rule and ports in a rule; the older kinds take 100 of each. */
const LIMIT = 25;

/** Rules of one ClusterNetworkPolicy. */
export interface ConvertedRules {
  readonly ingress: readonly object[];
  readonly egress: readonly object[];
}

/**
 * The rules of a policy that was read without errors, cut so that each part keeps the limits of the newer kind. All of one
 * part come before all of the next.
 */
export function convertRules(spec: RawMapping): readonly ConvertedRules[] {
  const ingress = chunks(listOf(spec['ingress']).flatMap((rule) => convertRule(rule, 'from')));
  const egress = chunks(listOf(spec['egress']).flatMap((rule) => convertRule(rule, 'to')));
  return Array.from({ length: Math.max(1, ingress.length, egress.length) }, (_, at) => ({
    ingress: ingress[at] ?? [],
    egress: egress[at] ?? [],
  }));
}

export function clusterPolicy(
  metadata: object,
  head: { readonly tier: 'Admin' | 'Baseline'; readonly priority: number; readonly subject: unknown },
  { ingress, egress }: ConvertedRules,
): RawMapping {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata,
    spec: {
      ...head,
      ...(ingress.length > 0 && { ingress }),
      ...(egress.length > 0 && { egress }),
    },
  };
}

/** A rule with too many peers or ports becomes several that follow each other and do the same. */
function convertRule(raw: unknown, peersField: 'from' | 'to'): object[] {
  const rule = raw as RawMapping;
  const { name, action } = rule;
  const head = {
    ...(typeof name === 'string' && { name }),
    action: action === 'Allow' ? 'Accept' : action,
  };
  const hasPorts = rule['ports'] !== undefined && rule['ports'] !== null;
  return chunks(listOf(rule[peersField])).flatMap((peers) => {
    if (!hasPorts) return [{ ...head, [peersField]: peers }];
    const portChunks = chunks(listOf(rule['ports']).map(convertPort));
    return portChunks.map((protocols) => ({ ...head, [peersField]: peers, protocols }));
  });
}

/** S34. A range of one port is a number there. */
function convertPort(raw: unknown): object {
  const { namedPort, portNumber, portRange } = raw as RawMapping;
  if (typeof namedPort === 'string') return { destinationNamedPort: namedPort };
  const ports = (isMapping(portNumber) ? portNumber : portRange) as RawMapping;
  const { protocol, port, start, end } = ports;
  const destinationPort =
    start === undefined || start === end ? { number: port ?? start } : { range: { start, end } };
  return { [String(protocol ?? 'TCP').toLowerCase()]: { destinationPort } };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / LIMIT) }, (_, at) =>
    items.slice(at * LIMIT, (at + 1) * LIMIT),
  );
}
