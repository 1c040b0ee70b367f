import type { Transaction } from '../ruleset/diff.ts';
import type { Element, KeyPart, Ruleset, SetShape } from '../ruleset/ir.ts';
import { commentOf } from '../ruleset/provenance.ts';
import { formatIp } from '../values/address.ts';

/** A ruleset as JSON data: its sets with elements and their reasons, its chains with rules. */
export function rulesetJson(ruleset: Ruleset): object {
  return {
    generation: ruleset.generation,
    sets: [...ruleset.sets.values()].map(({ shape, elements }) => ({
      ...shape,
      elements: [...elements.values()].map((element) => elementJson(shape, element)),
    })),
    chains: ruleset.chains,
  };
}

/** A transaction as JSON data, in the order in which it is carried out. */
export function transactionJson(transaction: Transaction): object {
  return {
    ...transaction,
    elements: transaction.elements.map(({ set, removed, added }) => ({
      set: set.name,
      removed: removed.map((element) => elementJson(set, element)),
      added: added.map((element) => elementJson(set, element)),
    })),
  };
}

function elementJson(shape: SetShape, element: Element): object {
  const { key, value } = element;
  const reason = commentOf(element);
  return {
    key: key.map((part) => partJson(shape, part)),
    ...(value === undefined ? {} : { value }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Addresses as text: JSON has no integers of 128 bits. */
function partJson({ family }: SetShape, part: KeyPart): unknown {
  if (typeof part !== 'object' || typeof part.first !== 'bigint') return part;
  return {
    first: formatIp({ family, value: part.first }),
    last: formatIp({ family, value: BigInt(part.last) }),
  };
}
