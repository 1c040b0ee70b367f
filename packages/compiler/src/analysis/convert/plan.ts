/** Names and priorities for what is converted: such that every policy keeps its place in its tier. */
import { compareInTier } from '../../decision/policies.ts';
import type { Policy } from '../../model/types.ts';
import { formatRef } from '../../objects/format-diagnostic.ts';

/** An older policy, and how many policies of the newer kind its rules fill. */
export interface Candidate {
  readonly policy: Policy;
  readonly parts: number;
}

/** Of one part, in the order of the parts. */
export interface Place {
  readonly name: string;
  readonly priority: number;
}

export interface Problem {
  readonly message: string;
  readonly expected: string;
}

export interface Plan {
  readonly places: ReadonlyMap<Policy, readonly Place[]>;
  readonly problems: ReadonlyMap<Policy, Problem>;
}

const LAST_PRIORITY = 1000;
const NAME_LENGTH = 253;

/** Where a BaselineAdminNetworkPolicy's only name is taken: nobody can rename that object. */
const SPARE_BASELINE_NAME = 'baseline';

/** Finds places for as many candidates as possible among `policies`, which include them. */
export function planConversion(candidates: readonly Candidate[], policies: readonly Policy[]): Plan {
  const problems = new Map<Policy, Problem>();
  for (;;) {
    const places = new Map<Policy, readonly Place[]>();
    const formsOf = (policy: Policy): readonly Policy[] =>
      places.get(policy)?.map((place) => asCluster(policy, place)) ?? [policy];
    for (const candidate of candidates) {
      if (problems.has(candidate.policy)) continue;
      const others = policies.filter((policy) => policy !== candidate.policy).flatMap(formsOf);
      const found = placesFor(candidate, others);
      if ('message' in found) problems.set(candidate.policy, found);
      else places.set(candidate.policy, found);
    }
    const displaced = firstDisplaced(places, policies, formsOf);
    if (!displaced) return { places, problems };
    // What stays behind may be in the way of another one.
    problems.set(...displaced);
  }
}

/** The places of a candidate's parts, or what is in the way. */
function placesFor({ policy, parts }: Candidate, others: readonly Policy[]): readonly Place[] | Problem {
  const isAdmin = policy.tier === 'admin';
  const first = isAdmin ? policy.priority : LAST_PRIORITY - parts + 1;
  const names = isAdmin ? [policy.name] : [policy.name, SPARE_BASELINE_NAME];
  let taken: Policy | undefined;
  for (const name of names) {
    const places = Array.from({ length: parts }, (_, at) => ({
      name: at === 0 ? name : `${name}-${at + 1}`,
      priority: first + at,
    }));
    taken = others.find(
      (other) => other.kind === 'ClusterNetworkPolicy' && places.some((place) => place.name === other.name),
    );
    if (!taken) return crowding(policy, places, others) ?? places;
  }
  return { message: `there is a ${formatRef(taken as Policy)} besides it`, expected: 'a name of its own' };
}

/** Several parts need priorities that nobody else has, or others would come between them. */
function crowding(policy: Policy, places: readonly Place[], others: readonly Policy[]): Problem | undefined {
  const [first, last] = [places[0] as Place, places.at(-1) as Place];
  if (last.name.length > NAME_LENGTH) {
    return { message: `the name of its part ${places.length} is too long`, expected: 'a shorter name' };
  }
  if (places.length === 1) return undefined;
  const between = others.find(
    ({ tier, kind, priority }) =>
      tier === policy.tier &&
      kind !== 'BaselineAdminNetworkPolicy' &&
      first.priority <= priority &&
      priority <= last.priority,
  );
  if (!between && last.priority <= LAST_PRIORITY) return undefined;
  const why = between
    ? `${formatRef(between)} has priority ${between.priority}`
    : `${LAST_PRIORITY} is the last one`;
  return {
    message: `it has too many rules for one ClusterNetworkPolicy, and needs the priorities ${first.priority} to ${last.priority}, but ${why}`,
    expected: 'room behind its priority, or fewer rules',
  };
}

/** A converted policy that another one of its tier has overtaken, or the other way round (S5, S6, S8). */
function firstDisplaced(
  places: ReadonlyMap<Policy, readonly Place[]>,
  policies: readonly Policy[],
  formsOf: (policy: Policy) => readonly Policy[],
): [Policy, Problem] | undefined {
  for (const policy of places.keys()) {
    for (const other of policies) {
      if (other === policy || other.tier !== policy.tier) continue;
      const before = Math.sign(compareInTier(policy, other));
      const keeps = formsOf(policy).every((part) =>
        formsOf(other).every((form) => Math.sign(compareInTier(part, form)) === before),
      );
      if (keeps) continue;
      const order = before < 0 ? 'before' : 'behind';
      const message = `it is asked ${order} ${formatRef(other)}, and would no longer be: both have one priority, and then the name decides`;
      return [policy, { message, expected: 'a priority of its own' }];
    }
  }
  return undefined;
}

function asCluster(policy: Policy, { name, priority }: Place): Policy {
  return { ...policy, kind: 'ClusterNetworkPolicy', name, priority };
}
