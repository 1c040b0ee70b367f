import type { Direction } from '../model/types.ts';
import type { Family } from '../values/address.ts';
import type { SetShape } from './ir.ts';

/** Every set and map that a ruleset can hold. Only those with elements are emitted. */
export interface FamilyShapes {
  /** Every known pod address, and node addresses that a policy asks about -> class. */
  readonly peers: SetShape;
  /** Ranges of other addresses -> class. */
  readonly cidrs: SetShape;
  /** Where pods of the cluster, and of this node, get their addresses from. */
  readonly podCidrs: SetShape;
  readonly nodeCidrs: SetShape;
  /** Addresses of `podCidrs` that the judge found to be nobody's: for a while they count as outside addresses. */
  readonly learned: SetShape;
  /** Local pods with rules about DNS names: the DNS messages of their connections go to the judge (S37). */
  readonly dnsClients: SetShape;
  /** What addresses are to a pod that was told their DNS names: pod, address -> class. */
  readonly names: SetShape;
  /** Those of them whose time to live has not ended: new connections need it. */
  readonly freshNames: SetShape;
  /** A pod's address with itself (S40). */
  readonly self: SetShape;
  readonly sides: Readonly<Record<Direction, SideShapes>>;
}

export interface SideShapes {
  /** Local pods that policies concern in this direction. */
  readonly subjects: SetShape;
  /** Local pods whose new connections all go to the queue. */
  readonly queued: SetShape;
  /** Cells: class, subject, protocol, port -> verdict; single ports, then ranges. */
  readonly ports: SetShape;
  readonly ranges: SetShape;
  /** Class, subject -> verdict, where no cell of `ports` or `ranges` says otherwise. */
  readonly any: SetShape;
}

function shapesFor(family: Family): FamilyShapes {
  const shape = (
    name: string,
    fields: SetShape['fields'],
    value?: SetShape['value'],
    { interval = false, timed = false } = {},
  ): SetShape =>
    Object.freeze({
      name: `${name}${family}`,
      family,
      fields: Object.freeze(fields),
      value,
      interval,
      timed,
    });
  const side = (direction: Direction): SideShapes => ({
    subjects: shape(`subjects_${direction}`, ['address']),
    queued: shape(`queued_${direction}`, ['address']),
    ports: shape(`${direction}_ports`, ['class', 'address', 'protocol', 'port'], 'verdict'),
    ranges: shape(`${direction}_ranges`, ['class', 'address', 'protocol', 'port'], 'verdict', {
      interval: true,
    }),
    any: shape(`${direction}_any`, ['class', 'address'], 'verdict'),
  });
  return Object.freeze({
    peers: shape('peers', ['address'], 'class'),
    cidrs: shape('cidrs', ['address'], 'class', { interval: true }),
    podCidrs: shape('pod_cidrs', ['address'], undefined, { interval: true }),
    nodeCidrs: shape('node_cidrs', ['address'], undefined, { interval: true }),
    learned: shape('learned', ['address'], undefined, { timed: true }),
    dnsClients: shape('dns_clients', ['address']),
    names: shape('names', ['address', 'address'], 'class'),
    freshNames: shape('fresh_names', ['address', 'address'], undefined, { timed: true }),
    self: shape('self', ['address', 'address']),
    sides: { ingress: side('ingress'), egress: side('egress') },
  });
}

export const SHAPES: Readonly<Record<Family, FamilyShapes>> = Object.freeze({
  4: shapesFor(4),
  6: shapesFor(6),
});

/** All shapes in the order in which a ruleset prints them. */
export const ALL_SHAPES: readonly SetShape[] = Object.freeze(
  [SHAPES[4], SHAPES[6]].flatMap(
    ({ peers, cidrs, podCidrs, nodeCidrs, learned, dnsClients, names, freshNames, self, sides }) => [
      peers,
      cidrs,
      podCidrs,
      nodeCidrs,
      learned,
      dnsClients,
      names,
      freshNames,
      self,
      ...Object.values(sides.egress),
      ...Object.values(sides.ingress),
    ],
  ),
);

/** The sets that rules look into where these sets are present, whether they hold anything or not. */
export function setsBeside(present: ReadonlySet<string>): readonly SetShape[] {
  return [SHAPES[4], SHAPES[6]].flatMap(({ podCidrs, nodeCidrs, learned, dnsClients, names, freshNames }) => [
    ...(present.has(podCidrs.name) || present.has(nodeCidrs.name) ? [learned] : []),
    ...(present.has(dnsClients.name) ? [names, freshNames] : []),
  ]);
}
