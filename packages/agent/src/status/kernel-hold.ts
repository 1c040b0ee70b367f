/** Whether this node's kernel has what the policies ask for. */
export type Hold =
  | { readonly is: 'held' }
  /** Not yet, or not at the moment. */
  | { readonly is: 'unknown' }
  /** For so long that it will not be over at once. */
  | { readonly is: 'refused'; readonly why: string };

/** What the reports tell. */
export interface KernelState {
  readonly isReady: boolean;
  /** Why not, in nft's words or ours. */
  readonly problem: string | undefined;
}

const UNKNOWN: Hold = Object.freeze({ is: 'unknown' });
const HELD: Hold = Object.freeze({ is: 'held' });

/** Tells a kernel that refuses from one that was only asked a moment ago. */
export class KernelHold {
  readonly #grace: number;
  #since: number | undefined;
  #hold: Hold = UNKNOWN;

  /** `grace`: so long a problem must have lasted, in milliseconds. */
  constructor(grace: number) {
    this.#grace = grace;
  }

  get now(): Hold {
    return this.#hold;
  }

  /** Takes the state at a time of the clock; returns whether that changes the answer. */
  note({ isReady, problem }: KernelState, at: number): boolean {
    const before = this.#hold;
    this.#since = isReady || problem === undefined ? undefined : (this.#since ?? at);
    if (isReady) this.#hold = HELD;
    else if (problem === undefined || this.#since === undefined || at - this.#since < this.#grace)
      this.#hold = UNKNOWN;
    else if (before.is !== 'refused') this.#hold = { is: 'refused', why: problem };
    return this.#hold !== before;
  }
}
