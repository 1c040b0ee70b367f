import type { PortMatch } from '../model/types.ts';
import { allPorts, spanOf } from '../values/ports.ts';
import { checkPortName } from './port-names.ts';
import type { Shapes } from './raw.ts';
import type { Path, Reader } from './report.ts';
import { BROKEN, fine, type Part, UNKNOWN } from './rules.ts';
import { readShape } from './shape.ts';

/** A port of a NetworkPolicy (S23–S25). */
export function readNetworkPolicyPort(raw: unknown, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('networkPolicyPort', raw, path, reader, 'unknown-field');
  if (state === 'broken') return BROKEN;
  const match = readPort(value, path, reader);
  return state === 'unknown' && match.state === 'fine' ? UNKNOWN : match;
}

function readPort(value: Shapes['networkPolicyPort'], path: Path, reader: Reader): Part<PortMatch> {
  const { protocol = 'TCP', port, endPort } = value;
  const at = [...path, 'endPort'];
  if (typeof port === 'string') {
    if (checkPortName(port, [...path, 'port'], reader) === 'broken') return BROKEN;
    if (endPort !== undefined) {
      reader.report('port-range', at, 'endPort stands next to a named port', 'a number as port');
      return BROKEN;
    }
    return fine(Object.freeze({ kind: 'named', name: port, protocol }));
  }
  if (port === undefined) {
    if (endPort !== undefined) {
      reader.report('port-range', at, 'endPort stands alone', 'a number as port next to it');
      return BROKEN;
    }
    return fine(Object.freeze({ kind: 'span', span: Object.freeze(allPorts(protocol)) }));
  }
  if (endPort !== undefined && endPort < port) {
    reader.report('port-range', at, `endPort ${endPort} is smaller than port ${port}`, `${port} or more`);
    return BROKEN;
  }
  return fine(Object.freeze({ kind: 'span', span: Object.freeze(spanOf(protocol, port, endPort ?? port)) }));
}
