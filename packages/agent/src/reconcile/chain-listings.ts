import type { Chain, ListedTable, Ruleset } from '@kncompile/compiler';
import { lastGeneration, stampValue } from '@kncompile/compiler';

/** Stamps of masks that leave these bits free cannot be taken for another number of a rule. */
const LOW_BITS = 0xffff;

/**
 * How this nft lists the rules of our chains. It prints some expressions back differently, so rules are held against
 * what was listed after our own load, whatever the generation was then.
 */
export class ChainListings {
  readonly #markMask: number;
  #known = new Map<string, string>();

  constructor(markMask: number) {
    this.#markMask = markMask;
  }

  /** Takes the listing for how these chains are listed. What was known of others is forgotten. */
  learn(table: ListedTable, { chains, generation }: Ruleset): void {
    const listed = new Map(table.chains.map(({ name, rules }) => [name, rules]));
    this.#known = new Map(
      chains.map((chain) => [
        this.#plain(JSON.stringify(chain), generation),
        this.#plain(listed.get(chain.name) ?? '', generation),
      ]),
    );
  }

  /** Whether rules are listed as those of the chain were; undefined where that was not learnt yet. */
  isListedAs(chain: Chain, generation: number, rules: string): boolean | undefined {
    const known = this.#known.get(this.#plain(JSON.stringify(chain), generation));
    return known === undefined ? undefined : known === this.#plain(rules, generation);
  }

  /** Without the stamp, where it can be told from other numbers. nft lists `& ~mask | stamp` as `& (~mask | stamp) | stamp`. */
  #plain(text: string, generation: number): string {
    const isPlain = (this.#markMask & LOW_BITS) === 0 && generation < lastGeneration(this.#markMask);
    if (!isPlain) return text;
    const stamp = stampValue({ generation, markMask: this.#markMask });
    const folded = (~this.#markMask | stamp) >>> 0;
    return text.replace(/[0-9]+/g, (number) =>
      number === String(stamp) ? 'stamp' : number === String(folded) ? 'folded' : number,
    );
  }
}
