/** One direction of the policies that some pods have in common, and what it allows to every peer. */
import type { FactId } from '../../cluster/facts.ts';
import { portsKey } from '../../compiler/profiles.ts';
import { portNamesOfPeers } from '../../decision/asked.ts';
import { decide } from '../../decision/decide.ts';
import type { Subject } from '../../decision/subject.ts';
import type { Reason } from '../../decision/verdicts.ts';
import type { Direction, NamedPort } from '../../model/types.ts';
import { getOrMake } from '../../values/collections.ts';
import type { Allowed, AllowedTable } from './allowed.ts';
import type { ListedPeer, PeerId, PeerTable } from './peers.ts';

export interface Side {
  /** By the number of the peer: the number of what is allowed. */
  readonly allowed: Uint32Array;
  /** Rules that would allow more, if DNS names were known (S37). */
  readonly unresolved: ReadonlySet<Reason>;
}

/** What the rules of a side ask about a peer. Nothing else about it makes a difference. */
interface Asked {
  readonly facts: ReadonlySet<FactId>;
  readonly portNames: ReadonlySet<string>;
}

/**
 * Asks `decide` once for each kind of peer that the subject's rules can tell apart. Most peers are of the commonest
 * kind, and are never looked at one by one.
 */
export function makeSide(direction: Direction, subject: Subject, table: PeerTable, sets: AllowedTable): Side {
  const allowed = new Uint32Array(table.peers.length);
  const unresolved = new Set<Reason>();
  const asked = askedBy(direction, subject);
  const answers = new Map<string, Allowed>();
  const answer = (facts: readonly FactId[], ports: readonly NamedPort[]): Allowed =>
    getOrMake(answers, `${facts.join(',')}|${portsKey(ports)}`, () => {
      const verdicts = decide(direction, subject, { facts: new Set(facts), ports, namesKnown: false });
      for (const { verdict, reason } of verdicts) if (verdict === 'unresolved') unresolved.add(reason);
      return sets.ofVerdicts(verdicts);
    });
  const special = specialPeers(asked, table);
  for (const { peers, common } of table.groups()) {
    const usual = answer([...common].filter((fact) => asked.facts.has(fact)).sort(ascending), []);
    for (const { id } of peers) allowed[id] = usual.id;
  }
  for (const id of special) {
    const { facts, ports } = table.peers[id] as ListedPeer;
    allowed[id] = answer(
      facts.filter((fact) => asked.facts.has(fact)),
      ports.filter(({ name }) => asked.portNames.has(name)),
    ).id;
  }
  return { allowed, unresolved };
}

function askedBy(direction: Direction, { rules }: Subject): Asked {
  const asked = Object.values(rules[direction].tiers).flatMap((list) => list.rules);
  return {
    facts: new Set(asked.flatMap(({ peers }) => peers)),
    portNames: portNamesOfPeers(direction, asked),
  };
}

/** Peers that hold something that is asked about and that most do not hold. */
function specialPeers({ facts, portNames }: Asked, table: PeerTable): ReadonlySet<PeerId> {
  const special = new Set<PeerId>();
  for (const fact of facts) for (const id of table.toldApartBy(fact)) special.add(id);
  for (const name of portNames) for (const id of table.withPortName(name)) special.add(id);
  return special;
}

function ascending(a: number, b: number): number {
  return a - b;
}
