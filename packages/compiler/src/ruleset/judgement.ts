/** The chains that judge: a class for the peer, a cell for the pair, in both directions and for replies. */
import { DIRECTIONS, type Direction } from '../model/types.ts';
import type { Family } from '../values/address.ts';
import {
  ANY_POD,
  CELL_VERDICT,
  type Chain,
  type ChainRule,
  FIRST_OUTSIDE,
  FIRST_POD,
  type KeyField,
  type Match,
  NOBODY,
  type Statement,
} from './ir.ts';
import { call, priority, RETURN, rule, setPriority, to } from './rule-words.ts';
import { SHAPES } from './shapes.ts';

/** The direction of a packet within its connection. */
export type Orientation = 'original' | 'reply';
export const ORIENTATIONS: readonly Orientation[] = ['original', 'reply'];

/** Where the subject, its peer and the judged port stand in a packet: replies have the ends swapped. */
function fieldsOf(
  direction: Direction,
  orientation: Orientation,
): { subject: KeyField; peer: KeyField; port: KeyField } {
  const port = orientation === 'original' ? 'dport' : 'sport';
  return (direction === 'egress') === (orientation === 'original')
    ? { subject: 'saddr', peer: 'daddr', port }
    : { subject: 'daddr', peer: 'saddr', port };
}

/** Chains for replies have names of their own. */
export function chainName(base: string, orientation: Orientation): string {
  return orientation === 'original' ? base : `${base}_reply`;
}

/** The chains of one family and orientation: who is concerned, then the judgement for each direction. */
export function familyChains(
  family: Family,
  orientation: Orientation,
  present: ReadonlySet<string>,
): Chain[] {
  const shapes = SHAPES[family];
  const has = (shape: { readonly name: string }): boolean => present.has(shape.name);
  const inSet = (set: string, ...fields: readonly KeyField[]): Match => ({ kind: 'in', family, fields, set });
  const notLearned = (field: KeyField): Match => ({
    kind: 'not-in',
    family,
    fields: [field],
    set: shapes.learned.name,
  });
  const mapped = (map: string, ...fields: readonly KeyField[]): Statement => ({
    kind: 'map-priority',
    family,
    fields,
    map,
  });
  const unresolved = to(chainName('unresolved', orientation));
  const chains: Chain[] = [];
  const add = (name: string, rules: readonly ChainRule[]): string => {
    chains.push({ name, hook: undefined, rules });
    return name;
  };

  const known = (field: KeyField): ChainRule[] => {
    if (!has(shapes.nodeCidrs)) return [];
    const name = add(`${chainName(`known_${field}`, orientation)}${family}`, [
      rule(setPriority(NOBODY)),
      ...(has(shapes.peers) ? [rule(mapped(shapes.peers.name, field))] : []),
      rule(priority('==', NOBODY), notLearned(field), unresolved),
    ]);
    return [rule(inSet(shapes.nodeCidrs.name, field), call(name))];
  };
  const judged = (direction: Direction): ChainRule[] => {
    const { subject, peer, port } = fieldsOf(direction, orientation);
    const side = shapes.sides[direction];
    if (!has(side.subjects)) return [];
    const name = chainName(direction, orientation);
    const cells = add(`${name}_cells${family}`, [
      rule(priority('<', NOBODY), RETURN), // decided already
      ...(has(side.ports) ? [rule(mapped(side.ports.name, 'priority', subject, 'l4proto', port))] : []),
      ...(has(side.ranges) ? [rule(mapped(side.ranges.name, 'priority', subject, 'l4proto', port))] : []),
      rule(mapped(side.any.name, 'priority', subject)),
    ]);
    const named: ChainRule[] = [];
    if (direction === 'egress' && has(shapes.dnsClients)) {
      const names = add(`${chainName('names', orientation)}${family}`, [
        rule(inSet(shapes.freshNames.name, subject, peer), mapped(shapes.names.name, subject, peer)),
        // S37: connections that were made before the time to live ended go on.
        rule({ kind: 'ct-state', state: 'established' }, mapped(shapes.names.name, subject, peer)),
      ]);
      named.push(rule(inSet(shapes.dnsClients.name, subject), call(names)));
    }
    const judge = add(`${name}${family}`, [
      rule(setPriority(NOBODY)),
      ...(has(shapes.peers) ? [rule(mapped(shapes.peers.name, peer))] : []),
      ...named,
      ...(has(shapes.podCidrs)
        ? [rule(priority('==', NOBODY), inSet(shapes.podCidrs.name, peer), notLearned(peer), unresolved)]
        : []),
      ...(has(shapes.cidrs) ? [rule(priority('==', NOBODY), mapped(shapes.cidrs.name, peer))] : []),
      rule(call(cells)),
      rule(priority('>=', FIRST_POD), setPriority(ANY_POD)), // no cell of its own class: ask the general one
      rule(priority('>=', FIRST_OUTSIDE), setPriority(NOBODY)),
      rule(call(cells)),
      rule(priority('==', CELL_VERDICT.allow), RETURN),
      rule(priority('==', CELL_VERDICT.unresolved), unresolved),
      rule(to('deny')),
    ]);
    return [rule(inSet(side.subjects.name, subject), call(judge))];
  };
  const queued = (direction: Direction): ChainRule[] => {
    const { queued: set } = shapes.sides[direction];
    if (!has(set)) return [];
    const chain = orientation === 'original' ? to('queued') : unresolved;
    return [rule(inSet(set.name, fieldsOf(direction, orientation).subject), chain)];
  };
  const self = has(shapes.self) ? [rule(inSet(shapes.self.name, 'saddr', 'daddr'), to('allow'))] : []; // S40
  const egress = judged('egress');
  const ingress = judged('ingress');
  const sources = known('saddr');
  const destinations = known('daddr');
  add(`${orientation}${family}`, [
    ...self,
    // What the kernel can deny it denies before it asks: with nobody listening, fail-open would let it pass. Only
    // egress has verdicts that depend on names (S37), so ingress comes first.
    ...ingress,
    ...egress,
    ...DIRECTIONS.flatMap(queued),
    ...sources,
    ...destinations,
    rule(to('allow')),
  ]);
  if (orientation === 'original') {
    // A pod to its own node: egress alone is judged (S41).
    add(`to_node${family}`, [...egress, ...queued('egress'), ...sources, rule(to('allow'))]);
  }
  return chains;
}
