import {
  ALL_SHAPES,
  CELL_VERDICT,
  type Chain,
  compile,
  type Element,
  type ElementChanges,
  type KeyPart,
  type SetShape,
  type Transaction,
} from '@kncompile/compiler';
import { CLUSTER, OPTIONS } from '../reconcile/support.ts';

const NOTHING: Transaction = {
  generation: 1,
  newSets: [],
  elements: [],
  chains: [],
  oldChains: [],
  emptiedChains: [],
  oldSets: [],
};

export function transaction(parts: Partial<Transaction>): Transaction {
  return { ...NOTHING, ...parts };
}

export function shapeOf(name: string): SetShape {
  const shape = ALL_SHAPES.find((each) => each.name === name);
  if (!shape) throw new Error(`no set ${name}`);
  return shape;
}

export function changes(
  set: string,
  { removed = [], added = [] }: Partial<Pick<ElementChanges, 'removed' | 'added'>>,
): ElementChanges {
  return { set: shapeOf(set), removed, added, refilled: false };
}

/** Addresses as text. */
export function element(key: readonly (KeyPart | string)[], value?: number, reason?: string): Element {
  return { key: key as readonly KeyPart[], value, reason };
}

/** So many cells of one subject. */
export function cells(count: number, comment: string): readonly Element[] {
  return Array.from({ length: count }, (_, i) =>
    element([0x100_0000 + (i >> 15), '10.0.0.2', 6, i & 0x7fff], CELL_VERDICT.allow, comment),
  );
}

/** Chains of a small cluster's ruleset. */
export function chains(...names: readonly string[]): readonly Chain[] {
  return compile(CLUSTER, OPTIONS).ruleset.chains.filter(({ name }) => names.includes(name));
}

/** A set that is emptied first. */
export function refilled(set: string): ElementChanges {
  return { ...changes(set, {}), refilled: true };
}

/** The same chains under another stamp. */
export function stamped(own: readonly Chain[], mask: number, value: number): readonly Chain[] {
  const namesStamp = (part: unknown): part is object =>
    typeof part === 'object' &&
    part !== null &&
    'kind' in part &&
    /^(ct-mark|stamp)$/.test(String(part.kind));
  return JSON.parse(JSON.stringify(own), (_key, part: unknown) =>
    namesStamp(part) ? { ...part, mask, value } : part,
  ) as readonly Chain[];
}

/** The largest number of elements that makes a batch; larger ones than 4096 do not. */
export function mostOf(fits: (count: number) => boolean): number {
  let [most, tooMany] = [1, 4096];
  while (most + 1 < tooMany) {
    const middle = (most + tooMany) >> 1;
    if (fits(middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}
