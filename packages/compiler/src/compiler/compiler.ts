import type { AddressRange } from '../cluster/block-partition.ts';
import type { FactId } from '../cluster/facts.ts';
import type { ConnectionAttempt } from '../decision/snapshot.ts';
import type { ModelObject } from '../model/types.ts';
import { alignedNumbers } from '../ruleset/align.ts';
import {
  type ElementChanges,
  EMPTY_RULESET,
  type Frame,
  frameOf,
  type Transaction,
  transactionOf,
} from '../ruleset/diff.ts';
import type { Chain, Ruleset } from '../ruleset/ir.ts';
import { programFor } from '../ruleset/program.ts';
import { SHAPES } from '../ruleset/shapes.ts';
import { restamp, stampValue } from '../ruleset/stamp.ts';
import { type Address, FAMILIES, familyOf } from '../values/address.ts';
import { applyBudget } from './budget.ts';
import { nextGeneration } from './generation.ts';
import { type JudgedAttempt, judgeAttempt } from './judge-attempt.ts';
import { JudgeView } from './judge-view.ts';
import { moveNamed, podName, putNamed } from './names.ts';
import type { CompileOptions } from './options.ts';
import { PermissionLoss } from './permission-loss.ts';
import { Placement } from './placement.ts';
import { knownClass, type Profile } from './profiles.ts';
import { updateRows } from './rows.ts';
import type { GeneralFacts } from './sides.ts';
import { type ObjectId, State } from './state.ts';
import { type Stats, statsOf } from './stats.ts';
import { symmetricDifference } from './subjects.ts';
import { generalFacts, updatePolicies } from './update-facts.ts';

/**
 * Compiles a cluster for one node, and keeps the result up to date: events go in, and each commit yields the
 * transaction that leads from the ruleset of the last commit to that of the objects now. The work of a commit
 * depends on what the events can affect, not on the size of the cluster.
 */
export class Compiler {
  readonly #state: State;
  #frame: Frame = frameOf(EMPTY_RULESET);
  #predecessor: Ruleset | undefined;
  #judgeAnew = false;
  #ipvs: boolean;
  #isFrameOld = false;
  #view: JudgeView | undefined;
  #general: GeneralFacts = { 4: { pod: [], outside: [] }, 6: { pod: [], outside: [] } };
  readonly #placement: Placement;

  constructor(options: CompileOptions) {
    this.#state = new State(options);
    this.#placement = new Placement(this.#state);
    this.#ipvs = options.ipvs;
  }

  /** Adds an object, or replaces the one of the same kind, namespace and name. */
  set(object: ModelObject): void {
    this.#state.set(object);
  }

  /** Removes an object; one that is not there is no error. */
  delete(id: ObjectId): void {
    this.#state.delete(id);
  }

  /**
   * Makes the first commit lead from a ruleset that the kernel holds already, and continue its class numbers and
   * generation. Its chains may be without their rules: they are filled anew.
   */
  succeed(predecessor: Ruleset): void {
    this.#predecessor = predecessor;
  }

  /** Makes the next commit move to the next generation in any case (S47; not with `established: keep`). */
  judgeAnew(): void {
    this.#judgeAnew = true;
  }

  /** Whether the node's kernel forwards service traffic by IPVS from now on: overrides the option (CompileOptions). */
  useIpvs(ipvs: boolean): void {
    if (ipvs === this.#ipvs) return;
    this.#ipvs = ipvs;
    this.#isFrameOld = true;
    // What was let through on other ways has stamps.
    this.#judgeAnew = true;
  }

  /**
   * Notes addresses of pod CIDRs that the kernel is told to judge as outside addresses for a while, in its `learned` sets:
   * connections that it accepts meanwhile end when a pod appears that may not have them (S47). Returns those that nobody
   * has turned up for: no others are to be told.
   */
  noteLearned(addresses: readonly Address[]): Address[] {
    const unknown = addresses.filter((address) => !this.#state.addresses.podAt(address));
    for (const address of unknown) this.#state.learned.add(address);
    return unknown;
  }

  /**
   * Notes that a local pod was told, for a DNS name, an address (S37). `client`: the address from which it asked, which may
   * be of another family. Returns the addresses from which it may reach the one that it was told: none where no pod has
   * `client`.
   */
  learnName(client: Address, address: Address, name: string): readonly Address[] {
    const pod = this.#state.localPodAt(client);
    if (!pod) return [];
    const isSubject = (own: Address): boolean =>
      familyOf(own) === familyOf(address) && this.#state.localPodAt(own) === pod;
    const subjects = pod.addresses.filter(isSubject);
    for (const subject of subjects) this.#state.named.add(subject, podName(pod), address, name);
    return subjects;
  }

  /** Whether the pod at `subject` was told of `address`, for a name that policies ask for. */
  isNamed(subject: Address, address: Address): boolean {
    return this.#state.named.get(subject, address) !== undefined;
  }

  /** What judges in other processes need to know: collected from now on. */
  judgeView(): JudgeView {
    const { markMask } = this.#state.options;
    this.#view ??= new JudgeView(this.#state, () =>
      stampValue({ generation: this.#frame.generation, markMask }),
    );
    return this.#view;
  }

  /** Works in all events since the last commit. */
  commit(): Transaction {
    const state = this.#state;
    const first = this.#frame.generation === 0;
    const loss = new PermissionLoss(state, first);
    const policiesBefore = state.compiled.size > 0;
    const policies = updatePolicies(state);
    const recut = policies.blocks || first;
    const left = this.#moveAddresses(loss, recut);
    if (policies.any || state.nodesChanged) this.#updateGeneral();
    const subjectsChanged = this.#placement.update(this.#general, loss);
    if (policies.any || recut) state.named.touchAll();
    moveNamed(state, loss, left, (named) => this.#view?.noteNamed(named));
    for (const profile of left) if (state.profiles.dropIfUnused(profile)) state.classes.leave(profile);
    updateRows(state, this.#general);
    const moves = state.classes.takeMoves();
    for (const { profile, before } of moves) {
      loss.noteClass(profile, before);
      for (const { address } of profile.addresses) this.#putPeer(address, profile);
      for (const named of state.named.withProfile(profile)) putNamed(state, named);
    }
    loss.settleMoves();
    if (recut || moves.some(({ profile }) => profile.ranges > 0))
      for (const family of FAMILIES)
        state.store.replace(SHAPES[family].cidrs, state.outside[family].elements());
    const cidrs = state.nodesChanged || policiesBefore !== state.compiled.size > 0;
    if (cidrs) this.#updateCidrs();
    const subjects = state.emitter.takeCostChange() || subjectsChanged;
    if (subjects) applyBudget(state);
    this.#view?.note({
      subjects,
      outside: recut,
      hosts: cidrs || state.hostsChanged,
      domains: policies.any,
    });
    state.hostsChanged = false;
    return this.#finish(loss);
  }

  /** The ruleset as of the last commit: a copy, in time and memory proportional to its size. */
  ruleset(): Ruleset {
    const { generation, chains } = this.#frame;
    return Object.freeze({ generation, sets: this.#state.store.toSets(), chains });
  }

  /** Who the ends of a connection are, and what the node's policies say to it, as of the last commit. */
  judge(attempt: ConnectionAttempt): JudgedAttempt {
    return judgeAttempt(this.#state, attempt);
  }

  stats(): Stats {
    return statsOf(this.#state, this.#frame);
  }

  /** Gives touched addresses their new profiles; returns profiles that may have lost their last address. */
  #moveAddresses(loss: PermissionLoss, recut: boolean): Set<Profile> {
    const state = this.#state;
    const left = new Set<Profile>();
    state.addresses.refresh((record, before) => {
      if (before) left.add(before);
      loss.noteMove(record, before);
      this.#view?.noteAddress(record.address);
      state.named.touch(record.address);
      if (record.profile?.class) this.#putPeer(record.address, record.profile);
      else if (!record.profile) state.store.remove(SHAPES[familyOf(record.address)].peers, [record.address]);
    });
    if (recut)
      for (const family of FAMILIES)
        for (const profile of state.outside[family].recut(state.facts, state.profiles)) left.add(profile);
    return left;
  }

  #putPeer(address: Address, profile: Profile): void {
    this.#state.store.put(SHAPES[familyOf(address)].peers, [address], knownClass(profile));
  }

  /** The general peers anew. Sides that can see the change are made anew: their rows are differences from them. */
  #updateGeneral(): void {
    const after = generalFacts(this.#state);
    const changed = new Set<FactId>();
    for (const family of FAMILIES)
      for (const origin of ['pod', 'outside'] as const)
        for (const fact of symmetricDifference(this.#general[family][origin], after[family][origin]))
          changed.add(fact);
    if (changed.size === 0) return;
    this.#general = after;
    for (const address of this.#state.subjects.dissolve(changed)) this.#state.changedSubjects.add(address);
  }

  /** Where unknown addresses belong to pods that just started: only while there are policies. */
  #updateCidrs(): void {
    const state = this.#state;
    const active = state.compiled.size > 0;
    const keys = (ranges: readonly AddressRange[]) =>
      active ? ranges.map((range) => ({ key: [range] })) : [];
    for (const family of FAMILIES) {
      state.store.replace(SHAPES[family].podCidrs, keys(state.podRanges(family)));
      state.store.replace(SHAPES[family].nodeCidrs, keys(state.ownPodRanges(family)));
    }
    state.nodesChanged = false;
  }

  #finish(loss: PermissionLoss): Transaction {
    const { store, options } = this.#state;
    const predecessor = this.#takePredecessor();
    const before = predecessor ? frameOf(predecessor) : this.#frame;
    const elements = store.takeChanges();
    // Nothing is known of what a predecessor allowed, other than by its elements.
    const revokes = loss.found || this.#judgeAnew || elements.some(predecessor ? () => true : isRangeChange);
    this.#judgeAnew = false;
    const generation = nextGeneration(before.generation, revokes, options);
    const setNames = store.present();
    const chains = this.#chainsFor(setNames, generation);
    this.#frame = { generation, setNames, chains };
    return transactionOf(before, this.#frame, elements);
  }

  #takePredecessor(): Ruleset | undefined {
    const { classes, profiles, store } = this.#state;
    const predecessor = this.#predecessor;
    this.#predecessor = undefined;
    if (!predecessor) return undefined;
    // Nothing to be aligned with: as at the first start on a node.
    if (predecessor.sets.size === 0) return predecessor;
    const numbers = alignedNumbers(predecessor, { ...EMPTY_RULESET, sets: store.toSets() });
    classes.renumber(profiles.all(), numbers);
    store.startFrom(predecessor.sets, numbers);
    return predecessor;
  }

  /** The chains of the last commit, or what of them must change. */
  #chainsFor(setNames: ReadonlySet<string>, generation: number): readonly Chain[] {
    const options = { ...this.#state.options, ipvs: this.#ipvs, generation };
    const outdated = this.#isFrameOld;
    this.#isFrameOld = false;
    const { setNames: before, chains, generation: old } = this.#frame;
    if (outdated || setNames.size !== before.size || setNames.difference(before).size > 0 || old === 0)
      return programFor(setNames, options);
    return generation === old ? chains : restamp(chains, options);
  }
}

/** Ranges change rarely: no look at whether one takes a permission away. */
function isRangeChange({ set }: ElementChanges): boolean {
  return FAMILIES.some((family) =>
    [SHAPES[family].cidrs, SHAPES[family].podCidrs, SHAPES[family].nodeCidrs].includes(set),
  );
}
