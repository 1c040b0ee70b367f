/** What a recording calls things: by their own names, or by pseudonyms. */
import { NAMESPACE_NAME_LABEL } from '../../objects/cluster-objects.ts';
import { compareText, getOrMake } from '../../values/collections.ts';

/** Names of one kind are told apart from each other, and never compared with those of another kind. */
export type NameKind =
  | 'namespace'
  | 'pod'
  | 'node'
  | 'owner'
  | 'ownerKind'
  | 'policy'
  | 'rule'
  | 'key'
  | 'value'
  | 'port'
  /** One label of a domain name. */
  | 'domain';

export type Names = (kind: NameKind, name: string) => string;

export const OWN_NAMES: Names = (_kind, name) => name;

/** Pseudonyms have to pass for names of their kind: a port's name has 15 characters, a label of a domain no dot. */
const PREFIX: Readonly<Record<NameKind, string>> = {
  namespace: 'ns-',
  pod: 'pod-',
  node: 'node-',
  owner: 'owner-',
  ownerKind: 'Kind',
  policy: 'policy-',
  rule: 'rule-',
  key: 'key-',
  value: 'value-',
  port: 'port-',
  domain: 'd',
};

/**
 * Pseudonyms for all the names that `visit` meets. Equal names of one kind get equal pseudonyms, different ones different
 * ones, in the same order: policies of one priority are asked in the order of their names (S6).
 */
export function pseudonyms(visit: (names: Names) => void): Names {
  const met = new Map<NameKind, Set<string>>();
  visit((kind, name) => {
    getOrMake(met, kind, () => new Set<string>()).add(name);
    return name;
  });
  const given = new Map<NameKind, ReadonlyMap<string, string>>();
  for (const [kind, names] of met) {
    const width = String(names.size).length;
    const numbered = [...names]
      .sort(compareText)
      .map((name, at): [string, string] => [name, PREFIX[kind] + String(at + 1).padStart(width, '0')]);
    given.set(kind, new Map(numbered));
  }
  return (kind, name) => given.get(kind)?.get(name) ?? name;
}

/** The one key that is known by name to whoever reads policies (S20). */
export function nameOfKey(names: Names, key: string): string {
  return key === NAMESPACE_NAME_LABEL ? key : names('key', key);
}

/** That key holds the name of a namespace. The empty value says nothing, and stays what it is. */
export function nameOfValue(names: Names, key: string, value: string): string {
  if (value === '') return value;
  return names(key === NAMESPACE_NAME_LABEL ? 'namespace' : 'value', value);
}
