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
  type QueueRange,
  type Statement,
} from './ir.ts';
import { SHAPES } from './shapes.ts';

/** What the chains depend on besides which sets there are. */
export interface ProgramOptions {
  readonly generation: number;
  /** The bits of the conntrack mark that are ours: one run of ones. */
  readonly markMask: number;
  /** Queue numbers by the direction of the packet within its connection. */
  readonly queues: { readonly original: QueueRange; readonly reply: QueueRange };
  /** `nft`: the queue statement; `mark`: a bit of the packet mark for an xtables NFQUEUE rule behind us. */
  readonly queueVia: 'nft' | 'mark';
  /** The packet mark bit for `queueVia: mark`. */
  readonly queueMark: number;
  /** Accept what nobody listens for (the queue's bypass flag). */
  readonly failOpen: boolean;
}

/** The direction of a packet within its connection. */
type Orientation = 'original' | 'reply';
const ORIENTATIONS: readonly Orientation[] = ['original', 'reply'];
const FAMILIES: readonly Family[] = [4, 6];

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

const priority = (op: '==' | '>=' | '<', value: number): Match => ({ kind: 'priority', op, value });
const to = (chain: string): Statement => ({ kind: 'goto', chain });
const call = (chain: string): Statement => ({ kind: 'jump', chain });
const setPriority = (value: number): Statement => ({ kind: 'set-priority', value });
const rule = (...parts: readonly (Match | Statement)[]): ChainRule => {
  const isMatch = (part: Match | Statement): part is Match => MATCH_KINDS.has(part.kind);
  return Object.freeze({
    matches: Object.freeze(parts.filter(isMatch)),
    statements: Object.freeze(parts.filter((part): part is Statement => !isMatch(part))),
  });
};
const MATCH_KINDS: ReadonlySet<string> = new Set<Match['kind']>([
  'family',
  'in',
  'priority',
  'l4proto',
  'icmp6-type',
  'ct-state',
  'ct-direction',
  'ct-mark',
  'in-interface',
]);

const ICMP = 1;
const ICMPV6 = 58;
const ACCEPT: Statement = { kind: 'accept' };
const DROP: Statement = { kind: 'drop' };
const RETURN: Statement = { kind: 'return' };
const RESTORE: readonly ChainRule[] = FAMILIES.map((family) =>
  rule({ kind: 'family', family }, { kind: 'restore-priority', family }),
);

/** Moves a generation number into the bits of the mask. */
export function stampValue(options: Pick<ProgramOptions, 'generation' | 'markMask'>): number {
  const lowest = options.markMask & -options.markMask;
  return (options.generation * (lowest >>> 0)) >>> 0;
}

/** The largest generation that the mask holds; 0 is the mark of connections that nobody judged. */
export function lastGeneration(markMask: number): number {
  return (markMask >>> 0) / ((markMask & -markMask) >>> 0);
}

/**
 * The chains, for the sets that exist: a rule that would look into an empty set is left out. Callees come first.
 * The number of rules that a packet passes depends on neither policies nor pods.
 */
export function programFor(present: ReadonlySet<string>, options: ProgramOptions): readonly Chain[] {
  const stamp = { mask: options.markMask, value: stampValue(options) };
  const chain = (name: string, rules: readonly ChainRule[]): Chain => ({ name, hook: undefined, rules });
  const related = rule(
    { kind: 'ct-state', state: 'related' },
    { kind: 'l4proto', protocols: [ICMP, ICMPV6] },
    ACCEPT,
  ); // S45
  const isReply: Match = { kind: 'ct-direction', direction: 'reply' };
  const families = FAMILIES.filter((family) => [...present].some((name) => name.endsWith(String(family))));
  const perFamily = families.flatMap((family) =>
    ORIENTATIONS.flatMap((each) => familyChains(family, each, present)),
  );
  const chains = [
    chain('gate', [
      rule({ kind: 'ct-mark', ...stamp }, ACCEPT), // judged under this generation
      // S46. The family too: an IPv4 packet may say that it is ICMPv6, and would pass unjudged.
      rule(
        { kind: 'family', family: 6 },
        { kind: 'l4proto', protocols: [ICMPV6] },
        { kind: 'icmp6-type', first: 133, last: 137 },
        ACCEPT,
      ),
    ]),
    chain('allow', [...RESTORE, rule({ kind: 'stamp', ...stamp }, ACCEPT)]),
    chain('deny', [rule({ kind: 'counter' }, DROP)]), // S36
    ...ORIENTATIONS.flatMap((each) => unresolvedChains(each, options, stamp)),
    ...perFamily,
    ...ORIENTATIONS.map((each) =>
      chain(each, [
        ...families.map((family) => rule({ kind: 'family', family }, to(`${each}${family}`))),
        rule(to('allow')),
      ]),
    ),
    chain('to_node', [
      ...families.map((family) => rule({ kind: 'family', family }, to(`to_node${family}`))),
      rule(to('allow')),
    ]),
    {
      name: 'forward',
      hook: { hook: 'forward' as const, priority: -1 },
      rules: [rule(call('gate')), related, rule(isReply, to('reply')), rule(to('original'))],
    },
    {
      name: 'input',
      hook: { hook: 'input' as const, priority: -1 },
      rules: [
        rule({ kind: 'in-interface', name: 'lo' }, ACCEPT), // the node to itself
        rule(call('gate')),
        related,
        rule(isReply, ACCEPT), // S41, S45: what the node began
        rule(to('to_node')),
      ],
    },
  ];
  return Object.freeze(
    reachable(chains).map((each) => Object.freeze({ ...each, rules: Object.freeze(each.rules) })),
  );
}

/** The same chains under another generation; those that do not name it are the same objects. */
export function restamp(chains: readonly Chain[], options: ProgramOptions): readonly Chain[] {
  const value = stampValue(options);
  const namesStamp = (part: Match | Statement): boolean => part.kind === 'stamp' || part.kind === 'ct-mark';
  const stamped = <T extends Match | Statement>(part: T): T => (namesStamp(part) ? { ...part, value } : part);
  return Object.freeze(
    chains.map((chain) => {
      if (!chain.rules.some(({ matches, statements }) => [...matches, ...statements].some(namesStamp)))
        return chain;
      const rules = chain.rules.map(({ matches, statements }) => ({
        matches: matches.map(stamped),
        statements: statements.map(stamped),
      }));
      return Object.freeze({ ...chain, rules: Object.freeze(rules) });
    }),
  );
}

/** Without the chains that no base chain leads to. */
function reachable(chains: readonly Chain[]): Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const reached = new Set<Chain>();
  const visit = (chain: Chain | undefined): void => {
    if (!chain || reached.has(chain)) return;
    reached.add(chain);
    for (const { statements } of chain.rules)
      for (const statement of statements) if ('chain' in statement) visit(byName.get(statement.chain));
  };
  for (const chain of chains) if (chain.hook) visit(chain);
  return chains.filter((chain) => reached.has(chain));
}

/**
 * The way to the judge. A subject that the kernel never decides about (`queued_*`) has its new connections stamped
 * first: a drop verdict discards the unconfirmed entry and the stamp with it.
 */
function unresolvedChains(
  orientation: Orientation,
  options: ProgramOptions,
  stamp: { readonly mask: number; readonly value: number },
): Chain[] {
  const queue: Statement[] =
    options.queueVia === 'nft'
      ? [{ kind: 'queue', queues: options.queues[orientation], bypass: options.failOpen }]
      : [{ kind: 'mark', bits: options.queueMark }, ACCEPT];
  const unresolved: Chain = {
    name: chainName('unresolved', orientation),
    hook: undefined,
    rules: [...RESTORE, rule(...queue)],
  };
  if (orientation === 'reply') return [unresolved];
  const stamped = rule({ kind: 'ct-state', state: 'new' }, { kind: 'stamp', ...stamp });
  return [unresolved, { name: 'queued', hook: undefined, rules: [stamped, rule(to(unresolved.name))] }];
}

function chainName(base: string, orientation: Orientation): string {
  return orientation === 'original' ? base : `${base}_reply`;
}

/** The chains of one family and orientation: who is concerned, then the judgement for each direction. */
function familyChains(family: Family, orientation: Orientation, present: ReadonlySet<string>): Chain[] {
  const shapes = SHAPES[family];
  const has = (shape: { readonly name: string }): boolean => present.has(shape.name);
  const inSet = (set: string, ...fields: readonly KeyField[]): Match => ({ kind: 'in', family, fields, set });
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
      rule(priority('==', NOBODY), unresolved),
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
    const judge = add(`${name}${family}`, [
      rule(setPriority(NOBODY)),
      ...(has(shapes.peers) ? [rule(mapped(shapes.peers.name, peer))] : []),
      ...(has(shapes.podCidrs)
        ? [rule(priority('==', NOBODY), inSet(shapes.podCidrs.name, peer), unresolved)]
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
    ...DIRECTIONS.flatMap(queued),
    ...sources,
    ...destinations,
    ...egress,
    ...ingress,
    rule(to('allow')),
  ]);
  if (orientation === 'original') {
    // A pod to its own node: egress alone is judged (S41).
    add(`to_node${family}`, [...queued('egress'), ...sources, ...egress, rule(to('allow'))]);
  }
  return chains;
}
