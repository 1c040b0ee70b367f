/** What a user wants to see: `-n` and `-l`, as kubectl users know them. */
import { selects } from '../model/selectors.ts';
import type { Labels, Selector } from '../model/types.ts';

/** Which objects are shown; never which objects count: what is allowed follows from all of them. */
export interface Filter {
  readonly namespaces: ReadonlySet<string> | 'all';
  readonly selector: Selector;
}

/** Shows everything. */
export const NO_FILTER: Filter = Object.freeze({ namespaces: 'all', selector: [] });

/** Whether a filter shows an object of a namespace with these labels. */
export function passes(
  filter: Filter,
  object: { readonly namespace: string; readonly labels: Labels },
): boolean {
  return (
    (filter.namespaces === 'all' || filter.namespaces.has(object.namespace)) &&
    selects(filter.selector, object.labels)
  );
}
