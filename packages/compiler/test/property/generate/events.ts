import fc from 'fast-check';
import type { ModelObject } from '../../../src/model/types.ts';
import type { Address } from '../../../src/values/address.ts';
import { REMOTE_NODE } from './alphabet.ts';
import { cluster, identityOf, namespace, node, pod } from './cluster.ts';
import { policy } from './policies.ts';

/** Something that a watch reports. */
export type Event =
  | { readonly kind: 'set'; readonly object: ModelObject }
  /** Of one of the objects there are, by its place among them. */
  | { readonly kind: 'delete'; readonly at: number }
  /** Of whatever pod has the address. */
  | { readonly kind: 'vacate'; readonly address: Address }
  /** One of the objects there are takes over what it does not share with its name from another like it. */
  | { readonly kind: 'change'; readonly at: number; readonly like: ModelObject };

const object: fc.Arbitrary<ModelObject> = fc.oneof(
  { weight: 5, arbitrary: pod },
  { weight: 3, arbitrary: policy },
  { weight: 1, arbitrary: namespace },
  { weight: 1, arbitrary: node },
);

const changing = fc.constantFrom('10.0.2.1', '10.0.2.2', 'fd00:0:0:2::1') as fc.Arbitrary<Address>;

/** Remote pods that come and go, and leave their addresses to each other: most events of a real cluster. */
const churn: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(pod, changing).map(([made, address]): Event => {
    const remote = { node: REMOTE_NODE, addresses: [address], hostNetwork: false, finished: false };
    return { kind: 'set', object: { ...made, ...remote, name: `at-${address}` } };
  }),
  changing.map((address): Event => ({ kind: 'vacate', address })),
);

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: object.map((made): Event => ({ kind: 'set', object: made })) },
  { weight: 3, arbitrary: fc.nat({ max: 30 }).map((at): Event => ({ kind: 'delete', at })) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('change' as const), at: fc.nat({ max: 30 }), like: object }),
  },
);

export interface History {
  readonly start: readonly ModelObject[];
  /** Events between two commits. */
  readonly batches: readonly (readonly Event[])[];
}

const historyOf = (
  happening: fc.Arbitrary<Event>,
  mostAtOnce: number,
  mostCommits: number,
): fc.Arbitrary<History> =>
  fc.record({
    start: cluster,
    batches: fc.array(fc.array(happening, { minLength: 1, maxLength: mostAtOnce, size: 'max' }), {
      maxLength: mostCommits,
      size: 'max',
    }),
  });

export const history: fc.Arbitrary<History> = fc.oneof(
  { weight: 3, arbitrary: historyOf(event, 4, 6) },
  { weight: 2, arbitrary: historyOf(churn, 1, 10) },
);

/** The objects there are, in the order of the latest event about each. */
export type World = Map<string, ModelObject>;

export function worldOf(objects: readonly ModelObject[]): World {
  return new Map(objects.map((one) => [identityOf(one), one]));
}

/** What an event means in a world: an object that is there from now on, or one that is gone. Changes the world. */
export function happen(
  world: World,
  happening: Event,
): { set: ModelObject } | { gone: ModelObject } | undefined {
  if (happening.kind === 'set') return put(world, happening.object);
  const present = [...world.values()];
  const old =
    happening.kind === 'vacate'
      ? present.findLast((one) => one.kind === 'Pod' && one.addresses.includes(happening.address))
      : present[happening.at % Math.max(present.length, 1)];
  if (!old) return undefined;
  if (happening.kind !== 'change') {
    world.delete(identityOf(old));
    return { gone: old };
  }
  const { like } = happening;
  if (like.kind !== old.kind) return undefined;
  const name = 'namespace' in old ? { namespace: old.namespace, name: old.name } : { name: old.name };
  return put(world, { ...like, ...name } as ModelObject);
}

function put(world: World, object: ModelObject): { set: ModelObject } {
  const identity = identityOf(object);
  world.delete(identity);
  world.set(identity, object);
  return { set: object };
}
