/** What must not stay behind. */
type Step = () => unknown;

/** Takes back what was set up, newest first, once, however the demo ends. */
export class Undo {
  readonly #steps: Step[] = [];
  #done: Promise<void> | undefined;

  /** What is added after the end has begun (a start that Ctrl-C met half-way) is taken back at once. */
  add(step: Step): void {
    if (this.#done) void attempt(step);
    else this.#steps.push(step);
  }

  /** Never rejects: what cannot be taken back is said on stderr. */
  run(): Promise<void> {
    this.#done ??= this.#all();
    return this.#done;
  }

  async #all(): Promise<void> {
    for (const step of this.#steps.toReversed()) await attempt(step);
  }
}

async function attempt(step: Step): Promise<void> {
  try {
    await step();
  } catch (error) {
    console.error(`demo: something may stay behind: ${(error as Error).message}`);
  }
}
