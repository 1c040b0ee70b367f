/** AdminNetworkPolicy and BaselineAdminNetworkPolicy, v1alpha1, to ClusterNetworkPolicy, v1alpha2. */
import { type Diagnostic, diagnostic, type ObjectRef } from '../../errors.ts';
import type { ModelObject, Policy } from '../../model/types.ts';
import { isPolicy, parseObject } from '../../objects/parse.ts';
import type { RawMapping } from '../../objects/raw.ts';
import { isMapping } from '../../objects/shape.ts';
import { type ConvertedRules, clusterPolicy, convertRules } from './manifest.ts';
import { type Place, type Problem, planConversion } from './plan.ts';
import { compareDecisions, type Proof } from './proof.ts';

/** A policy of an older kind that was read without errors, as it came. */
export interface OldPolicy {
  readonly policy: Policy;
  readonly raw: RawMapping;
}

export interface Conversion {
  /** In the order of the policies that they stand for; one may become several. */
  readonly manifests: readonly RawMapping[];
  readonly converted: readonly Policy[];
  /** One error for each policy that is left as it is. */
  readonly refusals: readonly Diagnostic[];
  /** That the cluster decides alike with the manifests in the place of `converted`. */
  readonly proof: Proof;
}

/** Whether a policy is of a kind that ClusterNetworkPolicy replaces. */
export function isOldKind({ kind }: ObjectRef): boolean {
  return kind === 'AdminNetworkPolicy' || kind === 'BaselineAdminNetworkPolicy';
}

/** Converts what can be without a change of meaning, and proves it by asking about every pair. */
export function convertPolicies(
  objects: readonly ModelObject[],
  old: readonly OldPolicy[],
  onSubject?: (done: number, total: number) => void,
): Conversion {
  const policies = objects.filter(isPolicy);
  const problems = new Map<Policy, Problem>();
  const rules = new Map<Policy, readonly ConvertedRules[]>();
  for (const { policy, raw } of old) {
    const closed = closedRule(policy);
    if (closed) problems.set(policy, closed);
    else rules.set(policy, convertRules(specOf(raw)));
  }
  const candidates = [...rules].map(([policy, { length }]) => ({ policy, parts: length }));
  const plan = planConversion(candidates, policies);
  for (const [policy, problem] of plan.problems) problems.set(policy, problem);

  const manifests = new Map<Policy, readonly RawMapping[]>();
  for (const { policy, raw } of old) {
    const places = plan.places.get(policy);
    if (!places) continue;
    const parts = (rules.get(policy) ?? []).map((part, at) =>
      manifestOf(policy, raw, part, places[at] as Place),
    );
    manifests.set(policy, parts);
  }
  const made = (policy: Policy): readonly Policy[] => manifests.get(policy)?.map(readBack) ?? [policy];
  return {
    manifests: [...manifests.values()].flat(),
    converted: [...manifests.keys()],
    refusals: [...problems].map(([policy, problem]) => refusal(policy, problem)),
    proof: compareDecisions(objects, policies.flatMap(made), onSubject),
  };
}

function manifestOf(policy: Policy, raw: RawMapping, rules: ConvertedRules, place: Place): RawMapping {
  const tier = policy.tier === 'admin' ? 'Admin' : 'Baseline';
  const { subject } = specOf(raw);
  const metadata = { name: place.name, ...keptMetadata(raw) };
  return clusterPolicy(metadata, { tier, priority: place.priority, subject }, rules);
}

/** kubectl keeps the whole object as it was there, which would be a lie about the new one. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function keptMetadata(raw: RawMapping): object {
  const { labels, annotations } = mappingIn(raw, 'metadata');
  const kept = isMapping(annotations)
    ? Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED))
    : {};
  return {
    ...(isMapping(labels) && Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(kept).length > 0 && { annotations: kept }),
  };
}

function specOf(raw: RawMapping): RawMapping {
  return mappingIn(raw, 'spec');
}

function mappingIn(raw: RawMapping, field: string): RawMapping {
  const value = raw[field];
  return isMapping(value) ? value : {};
}

/** A rule that was not understood has become one that matches nobody or denies everybody (S33): there is no other word for it. */
function closedRule({ rules }: Policy): Problem | undefined {
  const closed = [...rules.ingress, ...rules.egress].some(
    ({ peers }) => peers === 'any' || peers.length === 0,
  );
  return closed
    ? { message: 'one of its rules is not understood, and fails closed', expected: 'rules without warnings' }
    : undefined;
}

/** What is proven is what is written: the manifest is read like any other. */
function readBack(manifest: RawMapping): Policy {
  const { object, diagnostics } = parseObject(manifest);
  if (object && isPolicy(object)) return object;
  throw new Error(`a converted policy is not valid: ${diagnostics.map(({ message }) => message).join('; ')}`);
}

function refusal({ kind, namespace, name, source }: Policy, { message, expected }: Problem): Diagnostic {
  const object = { kind, namespace, name };
  return diagnostic('not-convertible', message, { object, source, expected });
}
