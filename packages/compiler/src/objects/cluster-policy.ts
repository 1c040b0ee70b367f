/** ClusterNetworkPolicy, policy.networking.k8s.io/v1alpha2. */
import type { Action, Policy, PortMatch } from '../model/types.ts';
import { allPorts, type Protocol, spanOf } from '../values/ports.ts';
import type { Identity } from './identity.ts';
import { checkPortName } from './port-names.ts';
import type { RawMapping } from './raw.ts';
import { either, lastField, type Path, type Reader } from './report.ts';
import { BROKEN, fine, type Part, UNKNOWN } from './rules.ts';
import { readShape } from './shape.ts';
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

const FORMS = ['tcp', 'udp', 'sctp', 'destinationNamedPort'] as const;

const PROTOCOL_OF_FORM = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' } as const;

/** S34: exactly one of tcp, udp, sctp and destinationNamedPort. */
function readClusterProtocol(raw: unknown, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('clusterProtocol', raw, path, reader, 'unknown-field');
  if (state === 'broken') return BROKEN;
  const forms = FORMS.filter((form) => value[form] !== undefined);
  const [form] = forms;
  if (forms.length > 1) {
    reader.report(
      'port-ambiguous',
      path,
      `${lastField(path)} has ${forms.join(' and ')} at once`,
      'one of them for each item',
    );
    return BROKEN;
  }
  if (!form) {
    if (state === 'fine') {
      const message = `${lastField(path)} is empty, so the whole rule fails closed`;
      reader.report('unknown-field', path, message, either(FORMS));
    }
    return UNKNOWN;
  }
  const at = [...path, form];
  const part =
    form === 'destinationNamedPort'
      ? readName(value.destinationNamedPort ?? '', at, reader)
      : readPorts(PROTOCOL_OF_FORM[form], value[form] ?? {}, at, reader);
  return state === 'unknown' && part.state === 'fine' ? UNKNOWN : part;
}

function readName(name: string, path: Path, reader: Reader): Part<PortMatch> {
  if (checkPortName(name, path, reader) === 'broken') return BROKEN;
  return fine(Object.freeze({ kind: 'named', name, protocol: 'any' }));
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
