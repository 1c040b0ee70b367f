/** What a flag is, apart from which ones there are. */

/** A value, or what would have been one: it follows the word "expected". */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

export interface Flag<T = unknown> {
  /** Without dashes. */
  readonly name: string;
  readonly group: 'Cluster' | 'Datapath' | 'Reporting' | 'Other';
  /** What stands for the value in help; undefined for a switch, which may stand alone. */
  readonly placeholder: string | undefined;
  /** As a user would write it; undefined where there is none. */
  readonly default: string | undefined;
  /** Whether it may be given several times, or with commas. */
  readonly list: boolean;
  /** Environment variables, of which the first that is set counts, where the flag is not given. */
  readonly environment: readonly string[];
  readonly describe: string;
  /** Never throws. A list comes as one text with commas. */
  parse(text: string): Parsed<T>;
}

type FlagSpec<T> = Pick<Flag<T>, 'name' | 'group' | 'describe' | 'parse'> & {
  readonly placeholder?: string;
  readonly default?: string;
  readonly list?: boolean;
  /** Besides KNCOMPILE_ and the flag's name. */
  readonly environment?: readonly string[];
};

export function defineFlag<T>(spec: FlagSpec<T>): Flag<T> {
  const own = `KNCOMPILE_${spec.name.replaceAll('-', '_').toUpperCase()}`;
  return Object.freeze({
    ...spec,
    placeholder: spec.placeholder,
    default: spec.default,
    list: spec.list ?? false,
    environment: [own, ...(spec.environment ?? [])],
  });
}
