/** A random cluster with random flows among its addresses. */
import fc from 'fast-check';
import type { ModelObject } from '../../src/model/types.ts';
import { describeFlow, describeObjects } from './describe.ts';
import { cluster } from './generate/cluster.ts';
import { type Flow, flowAmong, flowPlans } from './generate/packets.ts';

export type Case = readonly [objects: readonly ModelObject[], flows: readonly Flow[]];

export const cases: fc.Arbitrary<Case> = fc
  .tuple(cluster, flowPlans)
  .map(([objects, plans]) => [objects, plans.map((plan) => flowAmong(objects, plan))]);

export const describe = ([objects, flows]: Case): string =>
  [describeObjects(objects), ...flows.map(describeFlow)].join('\n');
