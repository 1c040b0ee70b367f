/** What holds in place of an object that is broken (S50). */
import {
  DIRECTIONS,
  type Direction,
  isPolicy,
  type ModelObject,
  type ParseResult,
  type Policy,
  type Rule,
} from '@kncompile/compiler';
import type { Rejection } from './source.ts';

export interface StandIn {
  readonly object: ModelObject | undefined;
  readonly is: Rejection['standIn'];
}

/** With these unreadable the compiler's remnant selects by default values, not by what was meant. */
const SUBJECT_FIELDS = ['spec', 'spec.podSelector'];

/**
 * A policy goes on isolating and denying, and permits nothing: as far as the new version can be read, else as the last
 * one did. Anything else stays as it was, because a pod that disappears would no longer be a subject.
 */
export function standInFor(
  previous: ModelObject | undefined,
  { remnant, diagnostics }: ParseResult,
): StandIn {
  const broken = diagnostics.filter(({ severity }) => severity === 'error').map(({ field }) => field);
  const subjectRead = !broken.some((field) => SUBJECT_FIELDS.includes(field));
  if (remnant && (subjectRead || !previous)) {
    return { object: restrictionsOf(sealed(remnant, broken)), is: 'remnant' };
  }
  if (!previous) return { object: undefined, is: 'nothing' };
  return { object: isPolicy(previous) ? restrictionsOf(previous) : previous, is: 'previous' };
}

/** Directions of which the rules, or whether they apply, could not be read are closed altogether. */
function sealed(policy: Policy, broken: readonly string[]): Policy {
  const directions = DIRECTIONS.filter((direction) =>
    broken.some(
      (field) => field === 'spec' || field === `spec.${direction}` || field.startsWith('spec.policyTypes'),
    ),
  );
  return directions.reduce(policy.kind === 'NetworkPolicy' ? isolated : denied, policy);
}

function isolated(policy: Policy, direction: Direction): Policy {
  return { ...policy, isolates: Object.freeze({ ...policy.isolates, [direction]: true }) };
}

function denied(policy: Policy, direction: Direction): Policy {
  const rules = policy.rules[direction];
  const deny: Rule = Object.freeze({
    action: 'deny',
    name: undefined,
    index: rules.length,
    peers: 'any',
    ports: 'any',
    source: policy.source,
  });
  return {
    ...policy,
    rules: Object.freeze({ ...policy.rules, [direction]: Object.freeze([...rules, deny]) }),
  };
}

function restrictionsOf(policy: Policy): Policy {
  const rules = {
    ingress: Object.freeze(policy.rules.ingress.map(restricted)),
    egress: Object.freeze(policy.rules.egress.map(restricted)),
  };
  return Object.freeze({ ...policy, rules: Object.freeze(rules) });
}

/** A Pass that went away would let a later Allow of its tier decide, so it becomes a denial. */
function restricted(rule: Rule): Rule {
  switch (rule.action) {
    case 'deny':
      return rule;
    case 'pass':
      return Object.freeze({ ...rule, action: 'deny' });
    case 'allow':
      return Object.freeze({ ...rule, peers: Object.freeze([]) });
  }
}
