/** AdminNetworkPolicy and BaselineAdminNetworkPolicy, policy.networking.k8s.io/v1alpha1. */
import type { Action, Policy, PortMatch } from '../model/types.ts';
import { spanOf } from '../values/ports.ts';
import type { Identity } from './identity.ts';
import { readPortName } from './port-names.ts';
import type { RawMapping } from './raw.ts';
import { type Path, quote, type Reader } from './report.ts';
import { BROKEN, fine, type Part, UNKNOWN } from './rules.ts';
import { readShape } from './shape.ts';
import { readSoleForm, type SoleForm } from './sole-form.ts';
import { type Dialect, readTieredPolicy } from './tiered-policy.ts';

const BASELINE_NAME = 'default';

const ADMIN: Dialect = {
  kind: 'AdminNetworkPolicy',
  spec: 'adminSpec',
  rules: { ingress: 'adminIngressRule', egress: 'adminEgressRule' },
  ports: 'ports',
  pods: 'podsV1alpha1',
  actions: new Map<string, Action>([
    ['Allow', 'allow'],
    ['Deny', 'deny'],
    ['Pass', 'pass'],
  ]),
  foreignActions: new Map([['Accept', 'Allow']]),
  tier: () => 'admin',
  readPort: readAdminPort,
};

/** Nothing comes after the Baseline tier but this kind's allow, so it knows no Pass (S5). */
const BASELINE: Dialect = {
  ...ADMIN,
  kind: 'BaselineAdminNetworkPolicy',
  spec: 'baselineSpec',
  actions: new Map<string, Action>([
    ['Allow', 'allow'],
    ['Deny', 'deny'],
  ]),
  tier: () => 'baseline',
};

export function readAdminNetworkPolicy(
  raw: RawMapping,
  identity: Identity,
  reader: Reader,
): Policy | undefined {
  return readTieredPolicy(ADMIN, raw, identity, reader);
}

/** There is one such object, named `default` (S5). */
export function readBaselineAdminNetworkPolicy(
  raw: RawMapping,
  identity: Identity,
  reader: Reader,
): Policy | undefined {
  if (identity.name !== BASELINE_NAME) {
    const message = `a BaselineAdminNetworkPolicy is named ${quote(identity.name)}`;
    reader.report('baseline-name', ['metadata', 'name'], message, `the name ${BASELINE_NAME}`);
  }
  return readTieredPolicy(BASELINE, raw, identity, reader);
}

const PORT: SoleForm<'adminPort', 'portNumber' | 'portRange' | 'namedPort'> = {
  shape: 'adminPort',
  forms: ['portNumber', 'portRange', 'namedPort'],
  ambiguous: 'port-ambiguous',
  noun: 'port',
};

/** S34: exactly one of portNumber, portRange and namedPort. */
function readAdminPort(raw: unknown, path: Path, reader: Reader): Part<PortMatch> {
  return readSoleForm(PORT, raw, path, reader, (form, value) => {
    const at = [...path, form];
    switch (form) {
      case 'portNumber':
        return readNumber(value.portNumber ?? {}, at, reader);
      case 'portRange':
        return readRange(value.portRange ?? {}, at, reader);
      case 'namedPort':
        return readPortName(value.namedPort ?? '', at, reader);
    }
  });
}

function readNumber(raw: RawMapping, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('adminPortNumber', raw, path, reader, 'unknown-field');
  const { protocol = 'TCP', port } = value;
  if (state !== 'fine' || port === undefined) return state === 'broken' ? BROKEN : UNKNOWN;
  return fine(Object.freeze({ kind: 'span', span: Object.freeze(spanOf(protocol, port, port)) }));
}

function readRange(raw: RawMapping, path: Path, reader: Reader): Part<PortMatch> {
  const { value, state } = readShape('adminPortRange', raw, path, reader, 'unknown-field');
  const { protocol = 'TCP', start, end } = value;
  if (state === 'broken' || start === undefined || end === undefined) return BROKEN;
  if (end < start) {
    reader.report(
      'port-range',
      [...path, 'end'],
      `end ${end} is smaller than start ${start}`,
      `${start} or more`,
    );
    return BROKEN;
  }
  if (state === 'unknown') return UNKNOWN;
  return fine(Object.freeze({ kind: 'span', span: Object.freeze(spanOf(protocol, start, end)) }));
}
