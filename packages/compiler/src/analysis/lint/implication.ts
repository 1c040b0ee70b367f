/**
 * What follows from a match whatever the cluster holds: `true` is a proof, `false` only that none was found. It
 * compares what selectors and blocks say, and knows nothing of what policies do with them.
 */
import { blockRanges } from '../../cluster/block-partition.ts';
import type {
  BlockMatch,
  DomainMatch,
  PeerMatch,
  PodMatch,
  Requirement,
  Selector,
} from '../../model/types.ts';
import { NAMESPACE_NAME_LABEL } from '../../objects/cluster-objects.ts';

/** Whether everything that `narrow` matches is matched by `wide`, in every cluster. */
export function implies(narrow: PeerMatch, wide: PeerMatch): boolean {
  switch (narrow.kind) {
    case 'pods':
      return wide.kind === 'pods' && podsImply(narrow, wide);
    case 'block':
      return wide.kind === 'block' && blockImplies(narrow, wide);
    case 'nodes':
      return wide.kind === 'nodes' && selectorImplies(narrow.selector, wide.selector);
    case 'domain':
      return wide.kind === 'domain' && domainImplies(narrow, wide);
  }
}

export function podsImply(narrow: PodMatch, wide: PodMatch): boolean {
  return selectorImplies(narrow.pods, wide.pods) && namespacesImply(narrow.namespaces, wide.namespaces);
}

/** A namespace by name is one whose name label has that value: every namespace carries it (S20). */
function namespacesImply(narrow: PodMatch['namespaces'], wide: PodMatch['namespaces']): boolean {
  if ('name' in narrow && 'name' in wide) return narrow.name === wide.name;
  return selectorImplies(namespaceSelector(narrow), namespaceSelector(wide));
}

function namespaceSelector(part: PodMatch['namespaces']): Selector {
  if (!('name' in part)) return part.selector;
  return [{ key: NAMESPACE_NAME_LABEL, operator: 'In', values: [part.name] }];
}

function selectorImplies(narrow: Selector, wide: Selector): boolean {
  return wide.every((wanted) => narrow.some((given) => requirementImplies(given, wanted)));
}

/** S21: NotIn and DoesNotExist also hold where the key is missing. */
function requirementImplies(given: Requirement, wanted: Requirement): boolean {
  if (given.key !== wanted.key) return false;
  switch (wanted.operator) {
    case 'In':
      return given.operator === 'In' && given.values.every((value) => wanted.values.includes(value));
    case 'Exists':
      return given.operator === 'In' || given.operator === 'Exists';
    case 'DoesNotExist':
      return given.operator === 'DoesNotExist';
    case 'NotIn':
      if (given.operator === 'DoesNotExist') return true;
      if (given.operator === 'In') return !given.values.some((value) => wanted.values.includes(value));
      return given.operator === 'NotIn' && wanted.values.every((value) => given.values.includes(value));
  }
}

function blockImplies(narrow: BlockMatch, wide: BlockMatch): boolean {
  if (narrow.cidr.family !== wide.cidr.family) return false;
  const ranges = blockRanges(wide);
  return blockRanges(narrow).every(({ first, last }) =>
    ranges.some((range) => range.first <= first && last <= range.last),
  );
}

/** S37: `*.example.com` is every name with one or more labels before `.example.com`, wildcards of that sort included. */
function domainImplies({ name: narrow }: DomainMatch, { name: wide }: DomainMatch): boolean {
  return narrow === wide || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)));
}
