import type { Labels, Requirement, Selector } from './types.ts';

/** Whether every requirement holds for the labels (S21). */
export function selects(selector: Selector, labels: Labels): boolean {
  for (const requirement of selector) if (!holds(requirement, labels)) return false;
  return true;
}

function holds(requirement: Requirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Equal for selectors that say the same in whatever order. Unambiguous for every string that a label may hold. */
export function selectorKey(selector: Selector): string {
  if (selector.length === 0) return '';
  return selector
    .map(({ key, operator, values }) => JSON.stringify([key, operator, ...[...values].sort()]))
    .sort()
    .join('');
}
