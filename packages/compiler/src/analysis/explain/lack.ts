/** What a connection lacks for a rule to match it, as data and in words. */
import type { PortMatch, Requirement } from '../../model/types.ts';
import { type Cidr, formatCidr } from '../../values/cidr.ts';
import { splitSpan } from '../../values/ports.ts';

/** One condition that does not hold. `who` names the pod, namespace, node or address that it is about. */
export type Lack =
  | {
      readonly kind: 'label';
      readonly of: 'pod' | 'namespace' | 'node';
      readonly who: string;
      readonly requirement: Requirement;
      /** The value that the label has. */
      readonly has: string | undefined;
    }
  /** The pod is in none of the namespaces that the rule asks for. */
  | { readonly kind: 'namespace'; readonly who: string; readonly namespaces: readonly string[] }
  /** The rule picks pods or nodes, and the address is no pod's or no node's. */
  | { readonly kind: 'not-a-pod' | 'not-a-node'; readonly who: string }
  | { readonly kind: 'outside-block' | 'in-exception'; readonly who: string; readonly cidr: Cidr }
  /** A block matches addresses of its own family only (S22, S43). */
  | { readonly kind: 'other-family'; readonly who: string; readonly cidr: Cidr }
  /** The port or protocol is none of the rule's. */
  | { readonly kind: 'port'; readonly ports: readonly PortMatch[] }
  /** The rule matches no peer or no port at all (S33). */
  | { readonly kind: 'nobody' | 'no-port' };

/** Farther than any sum of lacks that somebody can do something about: an address outside becomes no pod. */
export const UNREACHABLE = 1_000_000;

/**
 * How far off a lack is, for the choice of the nearest miss: a label or a port is soon changed, an address hardly, and
 * what matches nothing never will match.
 */
const DISTANCE: Readonly<Record<Lack['kind'], number>> = {
  label: 2,
  port: 2,
  namespace: 4,
  'in-exception': 5,
  'outside-block': 6,
  'other-family': 8,
  'not-a-pod': UNREACHABLE,
  'not-a-node': UNREACHABLE,
  nobody: Number.POSITIVE_INFINITY,
  'no-port': Number.POSITIVE_INFINITY,
};

/** Labels of namespaces concern all their pods, and those of nodes all that runs there. */
const DISTANCE_OF_SHARED_LABEL = 3;

export function distance(lacks: readonly Lack[]): number {
  return lacks.reduce((sum, lack) => {
    const shared = lack.kind === 'label' && lack.of !== 'pod';
    return sum + (shared ? DISTANCE_OF_SHARED_LABEL : DISTANCE[lack.kind]);
  }, 0);
}

/**
 * Why a rule does not match: `would match if …`, or that it never will. Holds names from the cluster as they are:
 * whoever prints it must escape it.
 */
export function lacksText(lacks: readonly Lack[]): string {
  if (lacks.some(({ kind }) => kind === 'nobody')) return 'matches nobody';
  if (lacks.some(({ kind }) => kind === 'no-port')) return 'matches no port';
  const conditions = lacks.filter(({ kind }) => kind !== 'port').map(lackText);
  const ports = lacks.filter(({ kind }) => kind === 'port').map(lackText);
  const where = conditions.length > 0 ? [`if ${conditions.join(' and ')}`] : [];
  return ['would match', ...ports, ...where].join(' ');
}

function lackText(lack: Lack): string {
  switch (lack.kind) {
    case 'label':
      return `${lack.of} ${lack.who} ${requirementText(lack.requirement, lack.has)}`;
    case 'namespace':
      return `pod ${lack.who} were in namespace ${lack.namespaces.join(' or ')}`;
    case 'not-a-pod':
      return `${lack.who} were a pod that it selects`;
    case 'not-a-node':
      return `${lack.who} were a node that it selects`;
    case 'outside-block':
      return `${lack.who} were in ${formatCidr(lack.cidr)}`;
    case 'other-family':
      return `${lack.who} were an IPv${lack.cidr.family} address in ${formatCidr(lack.cidr)}`;
    case 'in-exception':
      return `${lack.who} were not in the exception ${formatCidr(lack.cidr)}`;
    case 'port':
      return `on ${portsText(lack.ports)}`;
    case 'nobody':
    case 'no-port':
      return '';
  }
}

function requirementText({ key, operator, values }: Requirement, has: string | undefined): string {
  const instead = has === undefined ? '' : ` instead of ${has === '' ? 'the empty value' : has}`;
  switch (operator) {
    case 'In':
      return values.length === 1
        ? `had label ${key}=${values[0]}${instead}`
        : `had label ${key} with one of ${values.join(', ')}${instead}`;
    case 'NotIn':
      return `did not have label ${key}=${has}`;
    case 'Exists':
      return `had label ${key}`;
    case 'DoesNotExist':
      return `had no label ${key}`;
  }
}

/** Ports that a text names before it only counts. */
const NAMED_PORTS = 8;

function portsText(ports: readonly PortMatch[]): string {
  const texts = [...new Set(ports.flatMap(portTexts))];
  const others = texts.length - NAMED_PORTS;
  return others > 0 ? `${texts.slice(0, NAMED_PORTS).join(', ')} or ${others} more` : texts.join(', ');
}

function portTexts(port: PortMatch): string[] {
  if (port.kind === 'named') {
    return [`${port.protocol === 'any' ? '' : `${port.protocol} `}port named ${port.name}`];
  }
  return splitSpan(port.span).map(({ protocol, first, last }) => {
    if (protocol === 'OTHER') return 'protocols without ports';
    if (first === 0 && last === 65_535) return `any port of ${protocol}`;
    return `${protocol} ${first === last ? first : `${first}-${last}`}`;
  });
}
