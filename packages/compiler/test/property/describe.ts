/** Random clusters as short text, one line an object or rule, for the person who reads a counterexample. */
import type {
  Labels,
  ModelObject,
  PeerMatch,
  PodMatch,
  Policy,
  PortMatch,
  Rule,
  Selector,
} from '../../src/model/types.ts';
import { formatCidr } from '../../src/values/cidr.ts';
import { splitSpan } from '../../src/values/ports.ts';
import type { Flow } from './generate/packets.ts';

export function describeObjects(objects: Iterable<ModelObject>): string {
  return [...objects].map(describeObject).join('\n');
}

export function describeObject(object: ModelObject): string {
  switch (object.kind) {
    case 'Pod': {
      const notes = [object.hostNetwork ? 'host network' : '', object.finished ? 'finished' : ''];
      const ports = object.ports.map(({ name, protocol, port }) => `${name}=${protocol}/${port}`);
      const words = [...object.addresses, labelText(object.labels), ...ports, ...notes].filter(Boolean);
      return `Pod ${object.namespace}/${object.name} on ${object.node ?? 'no node'}: ${words.join(' ')}`;
    }
    case 'Namespace':
      return `Namespace ${object.name}: ${labelText(object.labels)}`;
    case 'Node':
      return `Node ${object.name}: ${[...object.addresses, labelText(object.labels), 'pods', ...object.podCidrs.map(formatCidr)].join(' ')}`;
    default:
      return policyText(object);
  }
}

export function describeFlow(flow: Flow): string {
  const mark = flow.ctMark === 0 ? '' : ` ct mark 0x${flow.ctMark.toString(16)}`;
  return `[${flow.source}]:${flow.sourcePort} -> [${flow.destination}]:${flow.destinationPort} protocol ${flow.protocol}${mark}`;
}

function policyText(policy: Policy): string {
  const { ingress, egress } = policy.isolates;
  const isolates = [ingress ? 'ingress' : '', egress ? 'egress' : ''].filter(Boolean).join('+');
  const where =
    policy.tier === 'network' ? `isolates ${isolates || 'nothing'}` : `${policy.tier} ${policy.priority}`;
  const name = policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`;
  return [
    `${policy.kind} ${name} (${where}) for ${peerText(policy.subject)}:`,
    ...policy.rules.ingress.map((rule) => `  ingress ${ruleText(rule)}`),
    ...policy.rules.egress.map((rule) => `  egress ${ruleText(rule)}`),
  ].join('\n');
}

function ruleText({ action, peers, ports }: Rule): string {
  const peer = peers === 'any' ? 'anybody' : peers.map(peerText).join(' | ') || 'nobody';
  const port = ports === 'any' ? 'any port' : ports.map(portText).join(' | ') || 'no port';
  return `${action} ${peer}, ${port}`;
}

function peerText(peer: PeerMatch): string {
  switch (peer.kind) {
    case 'pods':
      return podMatchText(peer);
    case 'block': {
      const holes = peer.except.map((hole) => ` except ${formatCidr(hole)}`);
      return formatCidr(peer.cidr) + holes.join('');
    }
    case 'nodes':
      return `nodes ${selectorText(peer.selector)}`;
    case 'domain':
      return peer.name;
  }
}

function podMatchText({ namespaces, pods }: PodMatch): string {
  const where = 'name' in namespaces ? namespaces.name : `namespaces ${selectorText(namespaces.selector)}`;
  return `pods ${selectorText(pods)} of ${where}`;
}

function selectorText(selector: Selector): string {
  const parts = selector.map(({ key, operator, values }) =>
    [key, operator, ...values.map((v) => `"${v}"`)].join(' '),
  );
  return `{${parts.join(', ')}}`;
}

function portText(port: PortMatch): string {
  if (port.kind === 'named') return `${port.name}/${port.protocol}`;
  return splitSpan(port.span)
    .map(({ protocol, first, last }) => `${protocol} ${first === last ? first : `${first}-${last}`}`)
    .join('+');
}

function labelText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}}`;
}
