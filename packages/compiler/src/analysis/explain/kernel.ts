/** What the ruleset of a node does with a connection, and the elements that carry it. */
import { nodeAddresses } from '../../cluster/cluster.ts';
import { placePods } from '../../cluster/place-pods.ts';
import { compile } from '../../compiler/compile.ts';
import type { CompileOptions } from '../../compiler/options.ts';
import type { ConnectionAttempt, Snapshot } from '../../decision/snapshot.ts';
import { DIRECTIONS, type ModelObject, type Pod } from '../../model/types.ts';
import { type Element, elementKey, type Ruleset, type SetShape } from '../../ruleset/ir.ts';
import { ICMP, ICMPV6 } from '../../ruleset/rule-words.ts';
import { SHAPES } from '../../ruleset/shapes.ts';
import { type Outcome, type Packet, simulate } from '../../ruleset/simulate.ts';
import { RelevantObjects } from './relevant.ts';

export interface KernelStory {
  readonly node: string;
  /** Of the first packet; `queue`: the kernel asks the agent. */
  readonly verdict: Outcome['verdict'];
  /** In the order in which the packet meets them. */
  readonly elements: readonly Hit[];
}

/** An element that the packet meets. */
interface Hit {
  readonly set: SetShape;
  readonly element: Element;
}

/** Any: policies do not look at it, and neither does the ruleset at a first packet. */
const SOURCE_PORT = 32_768;
/** Echo requests. */
const ICMP_TYPE: Readonly<Record<number, number>> = { [ICMP]: 8, [ICMPV6]: 128 };

/** The rulesets of a cluster's nodes, each compiled as far as a connection needs it. */
export class Kernels {
  readonly #objects: readonly ModelObject[];
  #relevant: RelevantObjects | undefined;
  readonly #snapshot: Snapshot;
  readonly #options: Omit<CompileOptions, 'node'>;

  constructor(objects: readonly ModelObject[], snapshot: Snapshot, options: Omit<CompileOptions, 'node'>) {
    this.#objects = objects;
    this.#snapshot = snapshot;
    this.#options = options;
  }

  /** What happens on the nodes of the pods at the two ends, in the order in which the packet comes to them. */
  tell(attempt: ConnectionAttempt): readonly KernelStory[] {
    const { cluster } = this.#snapshot;
    const from = cluster.podsByAddress.get(attempt.source);
    const to = cluster.podsByAddress.get(attempt.destination);
    const ends = new Set([from, to].filter((pod) => pod !== undefined));
    const nodes = new Set([...ends].flatMap(({ node }) => node ?? []));
    return [...nodes].flatMap((node) => this.#tellNode(node, attempt, ends) ?? []);
  }

  #tellNode(node: string, attempt: ConnectionAttempt, ends: ReadonlySet<Pod>): KernelStory | undefined {
    const own = nodeAddresses(this.#snapshot.cluster, node);
    if (own.has(attempt.source)) return undefined; // S41: what a node sends passes no hook of ours
    const ruleset = this.#compile(node, ends);
    const { protocol, port, ...addresses } = attempt;
    const packet: Packet = {
      ...addresses,
      hook: own.has(attempt.destination) ? 'input' : 'forward',
      protocol,
      sourcePort: port === 0 ? 0 : SOURCE_PORT,
      destinationPort: port,
      ...(ICMP_TYPE[protocol] === undefined ? {} : { icmpType: ICMP_TYPE[protocol] }),
      state: 'new',
      direction: 'original',
      ctMark: 0,
    };
    const { verdict, elements } = simulate(ruleset, packet);
    const hits = elements.map((element) => ({ set: setOf(ruleset, element), element }));
    // What is asked of the agent may be asked because of any of them.
    return { node, verdict, elements: verdict === 'queue' ? hits : hits.filter(isCarrier) };
  }

  /** The ruleset of a node as far as these ends need it: its classes and cells are those of the whole one. */
  #compile(node: string, ends: ReadonlySet<Pod>): Ruleset {
    this.#relevant ??= new RelevantObjects(this.#objects, this.#snapshot);
    return compile(placePods(this.#relevant.ofNode(node, ends), node), { ...this.#options, node }).ruleset;
  }
}

/** Classes, cells and who is asked; not the last look at whether the ends are known at all. */
function isCarrier({ set }: Hit, at: number, hits: readonly Hit[]): boolean {
  const { self, peers, cidrs, nodeCidrs, sides } = SHAPES[set.family];
  if (hits[at - 1]?.set === nodeCidrs) return false;
  const cells = DIRECTIONS.flatMap((direction) => {
    const { subjects, queued, ports, ranges, any } = sides[direction];
    return [subjects, queued, ports, ranges, any];
  });
  return [self, peers, cidrs, ...cells].includes(set);
}

function setOf(ruleset: Ruleset, element: Element): SetShape {
  const key = elementKey(element.key);
  for (const { shape, elements } of ruleset.sets.values()) if (elements.get(key) === element) return shape;
  throw new ReferenceError('an element that was hit is in no set of its ruleset');
}
