/** A cluster as one List of Kubernetes objects: what policies can see of it, to be looked at elsewhere. */
import { isPolicyPod } from '../../cluster/cluster.ts';
import type { ModelObject } from '../../model/types.ts';
import { LIST_END, LIST_START } from '../../objects/json.ts';
import type { Address } from '../../values/address.ts';
import { type Names, OWN_NAMES, pseudonyms } from './names.ts';
import { namespaceManifest, nodeManifest, podManifest } from './objects.ts';
import { policyManifest, type RawPolicy } from './policies.ts';

export interface Recording {
  readonly manifests: readonly object[];
  /** Pods that no policy applies to yet, because they have no address (S43): from a file they would get one of their own. */
  readonly waiting: number;
  /** Broken policies, whose names cannot be found and so not be replaced. */
  readonly unreadable: number;
}

/**
 * Records a cluster. The policies are given as they came, in their own order; those among `objects` are not looked at.
 * With `anonymous`, every name is a pseudonym: of namespaces, pods, nodes, owners, policies, rules, ports and domains, and
 * every label's key and value. Addresses, port numbers and protocols stay. What is allowed stays too, with the same order
 * of equal priorities (S6).
 */
export function recordCluster(
  objects: Iterable<ModelObject>,
  policies: readonly RawPolicy[],
  anonymous: boolean,
): Recording {
  const all = [...objects];
  const present = all.filter((object) => !isWaiting(object));
  const readable = anonymous ? policies.filter(({ rejected }) => !rejected) : policies;
  const nodes = new Map(
    present.flatMap((object): [string, ReadonlySet<Address>][] =>
      object.kind === 'Node' ? [[object.name, new Set(object.addresses)]] : [],
    ),
  );
  const write = (names: Names): object[] => [
    ...readable.map((policy) => policyManifest(policy, names)),
    ...present.flatMap((object) => manifestsOf(object, names, nodes)),
  ];
  return {
    manifests: write(anonymous ? pseudonyms(write) : OWN_NAMES),
    waiting: all.length - present.length,
    unreadable: policies.length - readable.length,
  };
}

/** JSON of a List, with one object on each line. */
export function listText(manifests: readonly object[]): string {
  const lines = manifests.map((manifest) => JSON.stringify(manifest)).join(',\n');
  return `${LIST_START}${lines}\n${LIST_END}\n`;
}

function isWaiting(object: ModelObject): boolean {
  return object.kind === 'Pod' && object.addresses.length === 0 && isPolicyPod(object);
}

function manifestsOf(
  object: ModelObject,
  names: Names,
  nodes: ReadonlyMap<string, ReadonlySet<Address>>,
): object[] {
  switch (object.kind) {
    case 'Namespace':
      return [namespaceManifest(object, names)];
    case 'Node':
      return [nodeManifest(object, names)];
    case 'Pod':
      return [podManifest(object, names, nodes.get(object.node ?? ''))];
    default:
      return [];
  }
}
