import type { Filter } from '../analysis/filter.ts';
import { parseSelector } from '../analysis/parse-selector.ts';
import { printable } from '../values/printable.ts';
import type { ArgsOf, OptionTable } from './command.ts';
import { UsageError } from './usage-error.ts';

const FILTERS = 'What to show (everything counts, whatever is shown):';

/** What of the answer is shown: the same flags as kubectl's. */
export const FILTER_OPTIONS = {
  namespace: {
    alias: 'n',
    type: 'string',
    array: true,
    requiresArg: true,
    group: FILTERS,
    describe: 'Only these namespaces: repeated, or separated by commas',
  },
  'all-namespaces': {
    alias: 'A',
    type: 'boolean',
    group: FILTERS,
    describe: 'All namespaces, whatever -n says: the default',
  },
  selector: {
    alias: 'l',
    type: 'string',
    requiresArg: true,
    group: FILTERS,
    describe: "Only what these labels select: =, ==, !=, in, notin, 'key' and '!key', separated by commas",
  },
} as const satisfies OptionTable;

export type FilterArgs = ArgsOf<typeof FILTER_OPTIONS>;

/** @throws UsageError for a selector that cannot be read, and for `-n` without a name. */
export function readFilter(args: FilterArgs): Filter {
  const parsed = parseSelector(args.selector ?? '');
  if ('problem' in parsed) {
    throw new UsageError(`--selector ${printable(args.selector ?? '')}: ${printable(parsed.problem)}`);
  }
  const names = (args.namespace ?? []).flatMap((text) => text.split(',')).map((name) => name.trim());
  if (names.includes('')) throw new UsageError('-n needs the name of a namespace');
  const all = args.allNamespaces === true || args.namespace === undefined;
  return Object.freeze({ namespaces: all ? 'all' : new Set(names), selector: parsed.selector });
}
