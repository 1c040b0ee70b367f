import type { FactId } from '../cluster/facts.ts';
import { PodIndex } from '../cluster/pod-index.ts';
import type { CompiledPolicy } from '../decision/policies.ts';
import { makeSubject } from '../decision/subject.ts';
import { DIRECTIONS, type Labels, type Pod } from '../model/types.ts';
import type { Address } from '../values/address.ts';
import { addTo, getOrMake, removeFrom } from '../values/collections.ts';
import { type Profile, portsKey } from './profiles.ts';
import { type GeneralFacts, makeSide, type Side } from './sides.ts';

/** Local pods that the same policies select and that name the same ports. */
interface SubjectGroup {
  readonly key: string;
  readonly sides: readonly Side[];
  readonly members: Set<Address>;
}

/** Which local addresses are subjects, and of what. */
export class SubjectTable {
  readonly #policies = new PodIndex<CompiledPolicy>();
  readonly #groups = new Map<string, SubjectGroup>();
  readonly #groupOf = new Map<Address, SubjectGroup>();
  readonly #byFact = new Map<FactId, Set<Side>>();
  readonly #byPortName = new Map<string, Set<Side>>();
  /** Sides made, and sides that lost their last member, since they were last taken. */
  #fresh: Side[] = [];
  #dead: Side[] = [];

  addPolicy(compiled: CompiledPolicy): void {
    this.#policies.add(compiled.policy.subject, compiled);
  }

  removePolicy(compiled: CompiledPolicy): void {
    this.#policies.remove(compiled.policy.subject, compiled);
  }

  /** Forgets what was worked out for a namespace that has no pods any more. */
  forgetNamespace(namespace: string): void {
    this.#policies.forgetNamespace(namespace);
  }

  /** The sides of an address; none where no policy selects it. */
  sidesOf(address: Address): readonly Side[] {
    return this.#groupOf.get(address)?.sides ?? [];
  }

  /** All sides that are in use. */
  *sides(): Iterable<Side> {
    for (const { sides } of this.#groups.values()) yield* sides;
  }

  sideWithId(id: number): Side | undefined {
    for (const side of this.sides()) if (side.id === id) return side;
    return undefined;
  }

  *members(): Iterable<{ readonly address: Address; readonly sides: readonly Side[] }> {
    for (const [address, { sides }] of this.#groupOf) yield { address, sides };
  }

  /**
   * Finds the policies of the local pod that has the address now (undefined: none has it), and puts the address into
   * the group of their like.
   */
  place(address: Address, pod: Pod | undefined, namespaceLabels: Labels, general: GeneralFacts): void {
    const before = this.#groupOf.get(address);
    const selecting = pod ? this.#policies.match(pod.namespace, namespaceLabels, pod.labels) : [];
    if (!pod || selecting.length === 0) {
      this.#leave(address, before);
      return;
    }
    const ids = selecting.map(({ isolation }) => isolation.id).sort((a, b) => a - b);
    const key = `${ids.join(',')}|${portsKey(pod.ports)}`;
    if (before?.key === key) return;
    const group = getOrMake(this.#groups, key, () => this.#makeGroup(key, selecting, pod, general));
    group.members.add(address);
    this.#leave(address, before);
    this.#groupOf.set(address, group);
  }

  /** Takes the members of all groups that ask about one of the facts out; returns them, to be placed again. */
  dissolve(facts: ReadonlySet<FactId>): Address[] {
    const groups = [...this.#groups.values()].filter(({ sides }) =>
      sides.some((side) => [...facts].some((fact) => side.facts.has(fact))),
    );
    const addresses = groups.flatMap(({ members }) => [...members]);
    for (const address of addresses) this.#leave(address, this.#groupOf.get(address));
    return addresses;
  }

  /** The sides that can tell the profile from the general one of its kind. */
  sidesSeeing(profile: Profile, general: GeneralFacts): Set<Side> {
    const usual = general[profile.family][profile.origin];
    const seeing = new Set<Side>();
    const add = (sides: ReadonlySet<Side> | undefined): void => {
      if (sides) for (const side of sides) seeing.add(side);
    };
    for (const fact of symmetricDifference(usual, profile.facts)) add(this.#byFact.get(fact));
    for (const { name } of profile.ports) add(this.#byPortName.get(name));
    return seeing;
  }

  takeFresh(): Side[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** Sides that nobody has any more. */
  takeDead(): Side[] {
    const dead = this.#dead;
    this.#dead = [];
    return dead;
  }

  #leave(address: Address, group: SubjectGroup | undefined): void {
    if (!group) return;
    group.members.delete(address);
    if (this.#groupOf.get(address) === group) this.#groupOf.delete(address);
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    for (const side of group.sides) {
      this.#dead.push(side);
      for (const fact of side.facts) removeFrom(this.#byFact, fact, side);
      for (const name of side.portNames) removeFrom(this.#byPortName, name, side);
    }
  }

  #makeGroup(
    key: string,
    selecting: readonly CompiledPolicy[],
    pod: Pod,
    general: GeneralFacts,
  ): SubjectGroup {
    const subject = makeSubject(selecting, pod.ports);
    const sides = DIRECTIONS.flatMap((direction) => makeSide(direction, subject, general) ?? []);
    for (const side of sides) {
      this.#fresh.push(side);
      for (const fact of side.facts) addTo(this.#byFact, fact, side);
      for (const name of side.portNames) addTo(this.#byPortName, name, side);
    }
    return { key, sides, members: new Set() };
  }
}

/** What is in one of two ascending lists but not in both. */
export function symmetricDifference(a: readonly FactId[], b: readonly FactId[]): FactId[] {
  const only: FactId[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i] ?? Number.POSITIVE_INFINITY;
    const y = b[j] ?? Number.POSITIVE_INFINITY;
    if (x === y) {
      i++;
      j++;
    } else if (x < y) only.push(a[i++] as FactId);
    else only.push(b[j++] as FactId);
  }
  return only;
}
