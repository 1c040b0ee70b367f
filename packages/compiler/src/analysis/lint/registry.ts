import type { LintRule } from './rule.ts';
import { deniedAllow } from './rules/denied-allow.ts';
import { egressWithoutDns } from './rules/egress-without-dns.ts';
import { equalPriorities } from './rules/equal-priorities.ts';
import { exceptOutsideCidr } from './rules/except-outside-cidr.ts';
import { failsClosed } from './rules/fails-closed.ts';
import { hostNetworkSubject } from './rules/host-network-subject.ts';
import { inertRule } from './rules/inert-rule.ts';
import { overlappingExcept } from './rules/overlapping-except.ts';
import { peerSelectsNothing } from './rules/peer-selects-nothing.ts';
import { shadowedRule } from './rules/shadowed-rule.ts';
import { subjectSelectsNothing } from './rules/subject-selects-nothing.ts';
import { supersededApi } from './rules/superseded-api.ts';
import { undefinedNamedPort } from './rules/undefined-named-port.ts';
import { unisolatedPods } from './rules/unisolated-pods.ts';

/** Every rule of lint: first what makes a policy wrong, then what makes a rule useless, then what is left open. */
export const LINT_RULES: readonly LintRule[] = Object.freeze([
  exceptOutsideCidr,
  failsClosed,
  equalPriorities,
  shadowedRule,
  deniedAllow,
  inertRule,
  subjectSelectsNothing,
  hostNetworkSubject,
  peerSelectsNothing,
  undefinedNamedPort,
  overlappingExcept,
  egressWithoutDns,
  unisolatedPods,
  supersededApi,
]);
