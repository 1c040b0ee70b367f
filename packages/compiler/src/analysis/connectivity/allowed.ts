/** Sets of ports and protocols that are allowed, as values: equal sets are one object. */
import type { PortVerdicts } from '../../decision/verdicts.ts';
import { OTHER, PROTOCOLS, type Protocol, type Span, spanOf, splitSpan } from '../../values/ports.ts';
import { unionSpans } from '../../values/spans.ts';

/** Lowest and highest port of a range, within 1–65535. */
export type PortRange = readonly [first: number, last: number];

/** What is allowed between two ends. Port 0, which nobody listens on, is left out. */
export interface Allowed {
  /** Unique in its table, and small. */
  readonly id: number;
  /** Points of the port axis: sorted, disjoint, none of them port 0. */
  readonly spans: readonly Span[];
}

/** Ports 1–65535 of each protocol, and the protocols without ports. */
const LISTED: readonly Span[] = unionSpans([
  ...PROTOCOLS.map((protocol) => spanOf(protocol, 1, 65535)),
  { first: OTHER, last: OTHER },
]);

/** All sets that one analysis meets, and what follows from two of them. */
export class AllowedTable {
  readonly #byId: Allowed[] = [];
  readonly #byKey = new Map<string, Allowed>();
  readonly #both = new Map<number, Allowed>();
  readonly #either = new Map<number, Allowed>();
  /** Number 0. */
  readonly none = this.#make([]);
  readonly all = this.#make(LISTED);

  byId(id: number): Allowed {
    return this.#byId[id] as Allowed;
  }

  /** What is certainly allowed: not what only an unknown DNS name would allow (S37). */
  ofVerdicts(verdicts: PortVerdicts): Allowed {
    const spans = unionSpans(verdicts.filter(({ verdict }) => verdict === 'allow'));
    return this.#make(overlap(spans, LISTED));
  }

  /** What both allow. */
  both(a: Allowed, b: Allowed): Allowed {
    if (a === b || b === this.all) return a;
    if (a === this.all) return b;
    if (a === this.none || b === this.none) return this.none;
    return this.#remembered(this.#both, a, b, () => overlap(a.spans, b.spans));
  }

  /** What one of them allows. */
  either(a: Allowed, b: Allowed): Allowed {
    if (a === b || b === this.none) return a;
    if (a === this.none) return b;
    if (a === this.all || b === this.all) return this.all;
    return this.#remembered(this.#either, a, b, () => unionSpans([...a.spans, ...b.spans]));
  }

  #remembered(memo: Map<number, Allowed>, a: Allowed, b: Allowed, work: () => readonly Span[]): Allowed {
    const key = Math.min(a.id, b.id) * 2 ** 26 + Math.max(a.id, b.id);
    const known = memo.get(key);
    if (known) return known;
    const made = this.#make(work());
    memo.set(key, made);
    return made;
  }

  #make(spans: readonly Span[]): Allowed {
    const key = spans.map(({ first, last }) => `${first}-${last}`).join(',');
    let allowed = this.#byKey.get(key);
    if (!allowed) {
      allowed = Object.freeze({ id: this.#byId.length, spans });
      this.#byId.push(allowed);
      this.#byKey.set(key, allowed);
    }
    return allowed;
  }
}

/** Whether that is every port, ICMP and the rest. */
export function allowsAll({ spans }: Allowed): boolean {
  return spans.length === LISTED.length && spans.every((span, at) => isEqual(span, LISTED[at] as Span));
}

/** By protocol, those with ports; and whether protocols without ports are allowed. */
export function portsOf({ spans }: Allowed): {
  readonly ports: ReadonlyMap<Protocol, readonly PortRange[]>;
  readonly other: boolean;
} {
  const ports = new Map<Protocol, PortRange[]>();
  let other = false;
  for (const { protocol, first, last } of spans.flatMap(splitSpan)) {
    if (protocol === 'OTHER') other = true;
    else ports.set(protocol, [...(ports.get(protocol) ?? []), [first, last]]);
  }
  return { ports, other };
}

function isEqual(a: Span, b: Span): boolean {
  return a.first === b.first && a.last === b.last;
}

/** The points that lie in both of two sorted lists. */
function overlap(a: readonly Span[], b: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [one, other] = [a[i] as Span, b[j] as Span];
    const first = Math.max(one.first, other.first);
    const last = Math.min(one.last, other.last);
    if (first <= last) found.push({ first, last });
    if (one.last < other.last) i++;
    else j++;
  }
  return found;
}
