/** The kinds with tiers (S30–S35), which differ only in their dialect. */
import type { Action, Direction, Policy, PolicyKind, PortMatch, Rule, Tier } from '../model/types.ts';
import type { Identity } from './identity.ts';
import type { RawMapping, Shapes } from './raw.ts';
import { either, type Path, quote, type Reader } from './report.ts';
import { BROKEN, joinParts, makeRule, type Part } from './rules.ts';
import { readShape, type Shape } from './shape.ts';
import { readTieredPeer } from './tiered-peer.ts';
import { type PodsShape, readSubject } from './tiered-pods.ts';

export interface Dialect {
  readonly kind: PolicyKind;
  readonly spec: 'adminSpec' | 'baselineSpec' | 'clusterSpec';
  readonly rules: Readonly<
    Record<Direction, 'adminIngressRule' | 'adminEgressRule' | 'clusterIngressRule' | 'clusterEgressRule'>
  >;
  /** Where a rule keeps its ports. */
  readonly ports: 'ports' | 'protocols';
  readonly pods: PodsShape;
  readonly actions: ReadonlyMap<string, Action>;
  /** Spelling of the other API version -> spelling of this one. */
  readonly foreignActions: ReadonlyMap<string, string>;
  readonly tier: (spec: Shapes['clusterSpec']) => Tier | undefined;
  readonly readPort: (raw: unknown, path: Path, reader: Reader) => Part<PortMatch>;
}

/** Undefined when what it selects, or its tier, cannot be read. Only complete when no error was reported. */
export function readTieredPolicy(
  dialect: Dialect,
  raw: RawMapping,
  identity: Identity,
  reader: Reader,
): Policy | undefined {
  if (raw['spec'] === undefined || raw['spec'] === null) {
    reader.report('field-missing', ['spec'], 'spec is missing', 'a mapping with subject and rules');
    return undefined;
  }
  const { value: spec } = readShape(dialect.spec, raw['spec'], ['spec'], reader, 'field-ignored');
  const subject = spec.subject && readSubject(spec.subject, ['spec', 'subject'], dialect.pods, reader);
  // Without its priority a policy goes first, and then only its denials are safe.
  const ranked = dialect.spec === 'baselineSpec' || spec.priority !== undefined;
  const rules = {
    ingress: readRules(dialect, 'ingress', spec.ingress, ranked, reader),
    egress: readRules(dialect, 'egress', spec.egress, ranked, reader),
  };
  const tier = dialect.tier(spec);
  if (!subject || !tier) return undefined;
  return Object.freeze({
    kind: dialect.kind,
    tier,
    namespace: '',
    name: identity.name,
    priority: spec.priority ?? 0,
    subject,
    isolates: Object.freeze({ ingress: false, egress: false }),
    rules: Object.freeze(rules),
    source: identity.source,
  });
}

function readRules(
  dialect: Dialect,
  direction: Direction,
  raw: readonly unknown[] | undefined,
  ranked: boolean,
  reader: Reader,
): readonly Rule[] {
  return Object.freeze(
    (raw ?? []).map((item, index) => readRule(dialect, direction, item, index, ranked, reader)),
  );
}

function readRule(
  dialect: Dialect,
  direction: Direction,
  raw: unknown,
  index: number,
  ranked: boolean,
  reader: Reader,
): Rule {
  const path: Path = ['spec', direction, index];
  const { value, state }: Shape<Shapes['adminIngressRule']> = readShape(
    dialect.rules[direction],
    raw,
    path,
    reader,
    'unknown-field',
  );
  const action =
    value.action === undefined ? undefined : readAction(dialect, value.action, [...path, 'action'], reader);
  const peersField = direction === 'ingress' ? 'from' : 'to';
  const peers = joinParts(
    (value[peersField] ?? []).map((item, at) =>
      readTieredPeer(item, [...path, peersField, at], { pods: dialect.pods, direction, action }, reader),
    ),
  );
  const rawPorts = value[dialect.ports];
  const ports =
    rawPorts &&
    joinParts(rawPorts.map((item, at) => dialect.readPort(item, [...path, dialect.ports, at], reader)));
  const misnamed =
    direction === 'egress' && ports !== undefined && checkNamedPorts(value, dialect, path, reader);
  return makeRule({
    action,
    name: value.name,
    index,
    peers,
    ports: misnamed ? BROKEN : (ports ?? 'any'),
    state: ranked ? state : 'broken',
    source: reader.sourceOf(path),
  });
}

function readAction(dialect: Dialect, text: string, path: Path, reader: Reader): Action | undefined {
  const action = dialect.actions.get(text);
  if (action) return action;
  const here = dialect.foreignActions.get(text);
  if (here) {
    reader.report(
      'action-other-version',
      path,
      `action ${quote(text)} belongs to the other API version`,
      here,
    );
  } else {
    reader.report('action-unknown', path, `action is ${quote(text)}`, either(dialect.actions.keys()));
  }
  return undefined;
}

const WITHOUT_PODS = ['networks', 'nodes', 'domainNames'] as const;
const PORT_NAMES = ['namedPort', 'destinationNamedPort'] as const;

/** S32. Looks at what is written, so that it is found whatever else is wrong with the rule. */
function checkNamedPorts(
  rule: Shapes['adminEgressRule'],
  dialect: Dialect,
  path: Path,
  reader: Reader,
): boolean {
  const port = firstWith(rule[dialect.ports], PORT_NAMES);
  const peer = firstWith(rule.to, WITHOUT_PODS);
  if (!port || !peer) return false;
  const message = `${port.field} stands in a rule with ${peer.field}, which have no named ports`;
  reader.report(
    'named-port-peer',
    [...path, dialect.ports, port.index, port.field],
    message,
    'port numbers, or a rule of its own',
  );
  return true;
}

function firstWith(
  items: readonly unknown[] | undefined,
  fields: readonly string[],
): { index: number; field: string } | undefined {
  for (const [index, item] of (items ?? []).entries()) {
    if (typeof item !== 'object' || item === null) continue;
    for (const field of fields) {
      if (Object.hasOwn(item, field) && (item as RawMapping)[field] !== null) return { index, field };
    }
  }
  return undefined;
}
