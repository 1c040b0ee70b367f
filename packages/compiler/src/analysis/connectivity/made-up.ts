/** Whether addresses that were made up have a say in what is listed. */
import { blockRanges, isInRanges, unionRanges } from '../../cluster/block-partition.ts';
import type { BlockMatch, ModelObject, Pod } from '../../model/types.ts';
import { DIRECTIONS } from '../../model/types.ts';
import { isPolicy } from '../../objects/parse.ts';
import { addressValue, FAMILIES, familyOf } from '../../values/address.ts';

/**
 * The pods among these that policies may treat otherwise when they have other addresses: those in a block, or in a hole
 * of one, that is not a family's whole address space (S22).
 */
export function podsInBlocks(pods: readonly Pod[], objects: Iterable<ModelObject>): readonly Pod[] {
  if (pods.length === 0) return [];
  const blocks = blocksOf(objects);
  const ranges = new Map(
    FAMILIES.map((family) => [
      family,
      unionRanges(blocks.filter(({ cidr }) => cidr.family === family).flatMap(blockRanges)),
    ]),
  );
  return pods.filter(({ addresses }) =>
    addresses.some((address) => isInRanges(ranges.get(familyOf(address)) ?? [], addressValue(address))),
  );
}

/** Blocks and holes as blocks without holes, whole address spaces left out. */
function blocksOf(objects: Iterable<ModelObject>): readonly BlockMatch[] {
  const blocks = [...objects]
    .filter(isPolicy)
    .flatMap(({ rules }) =>
      DIRECTIONS.flatMap((direction) =>
        rules[direction].flatMap(({ peers }) =>
          peers === 'any' ? [] : peers.filter((peer): peer is BlockMatch => peer.kind === 'block'),
        ),
      ),
    );
  return blocks
    .flatMap(({ cidr, except }) => [cidr, ...except])
    .filter(({ prefix }) => prefix > 0)
    .map((cidr) => ({ kind: 'block', cidr, except: [] }));
}
