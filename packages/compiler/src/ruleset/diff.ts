import { type Chain, type Element, elementKey, type Ruleset, type RulesetSet, type SetShape } from './ir.ts';
import { sameElement } from './provenance.ts';
import { ALL_SHAPES } from './shapes.ts';

export interface ElementChanges {
  readonly set: SetShape;
  readonly removed: readonly Element[];
  readonly added: readonly Element[];
  /** The set is emptied first: `added` is all that it holds afterwards, and `removed` is empty. */
  readonly refilled: boolean;
}

/**
 * Whether a set is refilled as a whole when it changes. nft 1.0.6 says nothing, and does nothing, when it is asked to
 * delete the last address of the address space from a map of ranges. Such maps are small and change rarely.
 */
export function isRefilled({ fields, interval, value }: SetShape): boolean {
  return interval && fields.length === 1 && value !== undefined;
}

/** What leads from one ruleset to the next, as one atomic commit. Base chains are never deleted. */
export interface Transaction {
  readonly generation: number;
  readonly newSets: readonly SetShape[];
  readonly elements: readonly ElementChanges[];
  /** Chains that are new or read differently: emptied and filled again. Callees first. */
  readonly chains: readonly Chain[];
  readonly oldChains: readonly string[];
  /** Base chains that are of no use any more: they stay, without rules, which readers take for no chain at all. */
  readonly emptiedChains: readonly string[];
  readonly oldSets: readonly string[];
}

export const EMPTY_RULESET: Ruleset = Object.freeze({ generation: 0, sets: new Map(), chains: [] });

/** Whether a transaction changes nothing. */
export function isEmpty(transaction: Transaction): boolean {
  const { generation, ...changes } = transaction;
  return Object.values(changes).every(({ length }) => length === 0);
}

/** A ruleset without its elements. */
export interface Frame {
  readonly generation: number;
  readonly setNames: ReadonlySet<string>;
  readonly chains: readonly Chain[];
}

/** The frame of a ruleset. */
export function frameOf(ruleset: Ruleset): Frame {
  return { generation: ruleset.generation, setNames: new Set(ruleset.sets.keys()), chains: ruleset.chains };
}

/** The transaction that makes `after` out of `before`. */
export function diffRulesets(before: Ruleset, after: Ruleset): Transaction {
  const elements: ElementChanges[] = [];
  for (const set of after.sets.values()) {
    const changes = elementChanges(
      set.shape,
      before.sets.get(set.shape.name)?.elements ?? new Map(),
      set.elements,
    );
    if (changes) elements.push(isRefilled(set.shape) ? refill(set) : changes);
  }
  return transactionOf(frameOf(before), frameOf(after), elements);
}

/** The same with the element changes known already. Those of sets that go away as a whole are left out. */
export function transactionOf(before: Frame, after: Frame, elements: readonly ElementChanges[]): Transaction {
  if (before.chains === after.chains)
    // The same chains look into the same sets.
    return Object.freeze({
      generation: after.generation,
      newSets: [],
      elements,
      chains: [],
      oldChains: [],
      emptiedChains: [],
      oldSets: [],
    });
  const chainsBefore = new Map(before.chains.map((chain) => [chain.name, chain]));
  const chainsAfter = new Set(after.chains.map(({ name }) => name));
  const gone = before.chains.filter(({ name }) => !chainsAfter.has(name));
  const isNew = (chain: Chain): boolean => {
    const old = chainsBefore.get(chain.name);
    return old !== chain && JSON.stringify(old) !== JSON.stringify(chain);
  };
  return Object.freeze({
    generation: after.generation,
    newSets: ALL_SHAPES.filter(({ name }) => after.setNames.has(name) && !before.setNames.has(name)),
    elements: elements.filter(({ set }) => after.setNames.has(set.name)),
    chains: after.chains.filter(isNew),
    oldChains: gone.filter(({ hook }) => !hook).map(({ name }) => name),
    emptiedChains: gone.filter(({ hook }) => hook).map(({ name }) => name),
    oldSets: [...before.setNames].filter((name) => !after.setNames.has(name)),
  });
}

/** Carries a transaction out on a ruleset: what the kernel does with it. */
export function applyTransaction(before: Ruleset, transaction: Transaction): Ruleset {
  const sets = new Map<string, RulesetSet>(before.sets);
  for (const shape of transaction.newSets) sets.set(shape.name, { shape, elements: new Map() });
  for (const { set, removed, added, refilled } of transaction.elements) {
    const old = sets.get(set.name);
    if (!old) throw new ReferenceError(`the transaction changes set ${set.name}, which does not exist`);
    const elements = new Map(refilled ? [] : old.elements);
    for (const element of removed)
      if (!elements.delete(keyOf(element)))
        throw new ReferenceError(`${set.name} has no element ${keyOf(element)}`);
    for (const element of added) {
      if (elements.has(keyOf(element)))
        throw new ReferenceError(`${set.name} already has element ${keyOf(element)}`);
      elements.set(keyOf(element), element);
    }
    sets.set(set.name, { shape: old.shape, elements });
  }
  for (const name of transaction.oldSets) sets.delete(name);
  const chains = new Map(before.chains.map((chain) => [chain.name, chain]));
  for (const name of [...transaction.oldChains, ...transaction.emptiedChains]) chains.delete(name);
  for (const chain of transaction.chains) chains.set(chain.name, chain);
  return { generation: transaction.generation, sets, chains: [...chains.values()] };
}

/** The changes to one set's elements; undefined for none, and for timed sets, whose elements are not the ruleset's. */
export function elementChanges(
  set: SetShape,
  before: ReadonlyMap<string, Element | undefined>,
  after: Pick<ReadonlyMap<string, Element>, 'get'> & Iterable<readonly [string, Element]>,
): ElementChanges | undefined {
  if (set.timed) return undefined;
  const removed: Element[] = [];
  const added: Element[] = [];
  for (const [key, old] of before) if (old && !after.get(key)) removed.push(old);
  for (const [key, element] of after) {
    const old = before.get(key);
    if (old && sameElement(old, element)) continue;
    if (old) removed.push(old);
    added.push(element);
  }
  return removed.length + added.length === 0
    ? undefined
    : Object.freeze({ set, removed, added, refilled: false });
}

/** The change that fills a set anew. */
export function refill({ shape, elements }: RulesetSet): ElementChanges {
  return Object.freeze({ set: shape, removed: [], added: [...elements.values()], refilled: true });
}

function keyOf(element: Element): string {
  return elementKey(element.key);
}
