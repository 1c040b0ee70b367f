/** ClusterNetworkPolicy, policy.networking.k8s.io/v1alpha2. */
import type { Action, Policy, PortMatch } from '../model/types.ts';
import { allPorts, type Protocol, spanOf } from '../values/ports.ts';
import type { Identity } from './identity.ts';
import { readPortName } from './port-names.ts';
import type { RawMapping } from './raw.ts';
import { lastField, type Path, type Reader } from './report.ts';
import { BROKEN, fine, type Part, UNKNOWN } from './rules.ts';
import { readShape } from './shape.ts';
import { readSoleForm, type SoleForm } from './sole-form.ts';
import { type Dialect, readTieredPolicy } from './tiered-policy.ts';

const CLUSTER: Dialect = {
  kind: 'ClusterNetworkPolicy',
  spec: 'clusterSpec',
  rules: { ingress: 'clusterIngressRule', egress: 'clusterEgressRule' },
  ports: 'protocols',
  pods: 'podsV1alpha2',
  actions: new Map<string, Action>([
    ['Accept', 'allow'],
    ['Deny', 'deny'],
    ['Pass', 'pass'],
  ]),
  foreignActions: new Map([['Allow', 'Accept']]),
  tier: ({ tier }) => tier && ({ Admin: 'admin', Baseline: 'baseline' } as const)[tier],
  readPort: readClusterProtocol,
};

export function readClusterNetworkPolicy(
  raw: RawMapping,
  identity: Identity,
  reader: Reader,
): Policy | undefined {
  return readTieredPolicy(CLUSTER, raw, identity, reader);
}

const PROTOCOL: SoleForm<'clusterProtocol', 'tcp' | 'udp' | 'sctp' | 'destinationNamedPort'> = {
  shape: 'clusterProtocol',
  forms: ['tcp', 'udp', 'sctp', 'destinationNamedPort'],
  ambiguous: 'port-ambiguous',
  noun: 'item',
};

const PROTOCOL_OF_FORM = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

/** S34: exactly one of tcp, udp, sctp and destinationNamedPort. */
function readClusterProtocol(raw: unknown, path: Path, reader: Reader): Part<PortMatch> {
  return readSoleForm(PROTOCOL, raw, path, reader, (form, value) =>
    form === 'destinationNamedPort'
      ? readPortName(value.destinationNamedPort ?? '', [...path, form], reader)
      : readPorts(PROTOCOL_OF_FORM[form], value[form] ?? {}, [...path, form], reader),
  );
}

function readPorts(protocol: Protocol, raw: RawMapping, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('clusterProtocolPorts', raw, path, reader, 'unknown-field');
  if (state !== 'fine') return state === 'broken' ? BROKEN : UNKNOWN;
  if (value.destinationPort) {
    return readDestination(protocol, value.destinationPort, [...path, 'destinationPort'], reader);
  }
  const message = `${lastField(path)} has no destinationPort, and is read as every ${protocol} port`;
  reader.report('port-every', path, message, 'destinationPort with a number or a range');
  return fine(Object.freeze({ kind: 'span', span: Object.freeze(allPorts(protocol)) }));
}

function readDestination(protocol: Protocol, raw: RawMapping, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('clusterDestinationPort', raw, path, reader, 'unknown-field');
  if (state === 'broken') return BROKEN;
  const { number, range } = value;
  if (number !== undefined && range) {
    reader.report('port-ambiguous', path, 'destinationPort has number and range at once', 'one of them');
    return BROKEN;
  }
  if (range) {
    const part = readRange(protocol, range, [...path, 'range'], reader);
    return state === 'unknown' && part.state === 'fine' ? UNKNOWN : part;
  }
  if (number !== undefined && state === 'fine') {
    return fine(Object.freeze({ kind: 'span', span: Object.freeze(spanOf(protocol, number, number)) }));
  }
  if (number === undefined && state === 'fine') {
    const message = 'destinationPort is empty, so the whole rule fails closed';
    reader.report('unknown-field', path, message, 'number or range');
  }
  return UNKNOWN;
}

/** Unlike the older API this one wants more than one port in a range. */
function readRange(protocol: Protocol, raw: RawMapping, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('clusterPortRange', raw, path, reader, 'unknown-field');
  const { start, end } = value;
  if (state === 'broken' || start === undefined || end === undefined) return BROKEN;
  if (end <= start) {
    reader.report(
      'port-range',
      [...path, 'end'],
      `end ${end} is not greater than start ${start}`,
      `more than ${start}`,
    );
    return BROKEN;
  }
  if (state === 'unknown') return UNKNOWN;
  return fine(Object.freeze({ kind: 'span', span: Object.freeze(spanOf(protocol, start, end)) }));
}
