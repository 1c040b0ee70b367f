import fc from 'fast-check';
import { isPolicyPod } from '../../../src/cluster/cluster.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { type Address, type Family, familyOf } from '../../../src/values/address.ts';
import {
  LOCAL_NODE,
  NODE_ADDRESSES,
  OUTSIDE_ADDRESSES,
  POD_ADDRESSES,
  PORTS,
  REMOTE_NODE,
} from './alphabet.ts';

/** A connection's first packet, as both `decide` and the ruleset see it. */
export interface Flow {
  readonly source: Address;
  readonly destination: Address;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** What other users of the conntrack mark have put there. */
  readonly ctMark: number;
}

/** A flow whose ends are places in the lists of addresses that a cluster offers. */
export interface FlowPlan extends Omit<Flow, 'source' | 'destination'> {
  readonly family: Family;
  readonly ends: readonly [Place, Place];
  /** Whether the connection goes from the second end to the first. */
  readonly turned: boolean;
}

interface Place {
  readonly list: 'local pod' | 'pod' | 'pod address' | 'outside' | 'node';
  readonly index: number;
}

const place = (...lists: Place['list'][]): fc.Arbitrary<Place> =>
  fc.record({ list: fc.constantFrom(...lists), index: fc.nat({ max: 11 }) });

/** One end is mostly a pod of the node: nothing else is ever judged. */
const flowPlan: fc.Arbitrary<FlowPlan> = fc.record({
  family: fc.constantFrom<Family>(4, 6),
  ends: fc.tuple(
    place('local pod', 'local pod', 'local pod', 'pod address'),
    place('local pod', 'pod', 'pod', 'pod address', 'outside', 'node', 'node'),
  ),
  turned: fc.boolean(),
  protocol: fc.constantFrom(6, 6, 6, 6, 6, 17, 17, 17, 132, 1, 58, 47, 0, 255),
  sourcePort: fc.constantFrom(...PORTS, 40000),
  destinationPort: fc.constantFrom(...PORTS, 443),
  ctMark: fc.constantFrom(0, 0x0000_4000, 0x000f_ffff),
});

export const flowPlans: fc.Arbitrary<readonly FlowPlan[]> = fc.array(flowPlan, {
  minLength: 1,
  maxLength: 24,
  size: 'max',
});

/** The flow that a plan means among these objects. */
export function flowAmong(objects: readonly ModelObject[], plan: FlowPlan): Flow {
  const [a, b] = plan.ends.map((end) => addressAt(objects, plan.family, end)) as [Address, Address];
  const { protocol, sourcePort, destinationPort, ctMark } = plan;
  const [source, destination] = plan.turned ? [b, a] : [a, b];
  return { source, destination, protocol, sourcePort, destinationPort, ctMark };
}

function addressAt(objects: readonly ModelObject[], family: Family, { list, index }: Place): Address {
  const found = addressesIn(objects, list).filter((address) => familyOf(address) === family);
  const all = found.length > 0 ? found : POD_ADDRESSES[family];
  return all[index % all.length] as Address;
}

function addressesIn(objects: readonly ModelObject[], list: Place['list']): readonly Address[] {
  switch (list) {
    case 'local pod':
    case 'pod':
      return objects.flatMap((object) =>
        object.kind === 'Pod' && isPolicyPod(object) && (list === 'pod' || object.node === LOCAL_NODE)
          ? object.addresses
          : [],
      );
    case 'pod address':
      return [...POD_ADDRESSES[4], ...POD_ADDRESSES[6]];
    case 'outside':
      return [...OUTSIDE_ADDRESSES[4], ...OUTSIDE_ADDRESSES[6]];
    case 'node':
      return [...NODE_ADDRESSES[LOCAL_NODE], ...NODE_ADDRESSES[REMOTE_NODE]];
  }
}

/** A little of everything that a port or protocol can be. */
const COMMON_PORTS = [
  { protocol: 6, destinationPort: 80 },
  { protocol: 17, destinationPort: 53 },
  { protocol: 1, destinationPort: 0 },
] as const;

/** Every flow between a pod of the node and any address there is, in both directions. */
export function allFlows(objects: readonly ModelObject[]): Flow[] {
  const everywhere = new Set(
    (['pod', 'pod address', 'outside', 'node'] as const).flatMap((list) => addressesIn(objects, list)),
  );
  return [...new Set(addressesIn(objects, 'local pod'))].flatMap((local) =>
    [...everywhere]
      .filter((other) => familyOf(other) === familyOf(local))
      .flatMap((other) =>
        COMMON_PORTS.flatMap((port) => {
          const rest = { ...port, sourcePort: 40000, ctMark: 0 };
          return [
            { source: local, destination: other, ...rest },
            { source: other, destination: local, ...rest },
          ];
        }),
      ),
  );
}
