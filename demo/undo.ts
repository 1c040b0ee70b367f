/** What must not stay behind. */
type Step = () => unknown;

/** Takes back what was set up, newest first, once, however the demo ends. */
export class Undo {
  readonly #steps: Step[] = [];
  #done: Promise<boolean> | undefined;

  /** What is added after the end has begun (a start that Ctrl-C met half-way) is taken back at once. */
  add(step: Step): void {
    if (this.#done) void attempt(step);
    else this.#steps.push(step);
  }

  /** Whether all was taken back. Never rejects: what cannot be is said on stderr. */
  run(): Promise<boolean> {
    this.#done ??= this.#all();
    return this.#done;
  }

  async #all(): Promise<boolean> {
    let isAll = true;
    for (const step of this.#steps.toReversed()) isAll = (await attempt(step)) && isAll;
    return isAll;
  }
}

async function attempt(step: Step): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    console.error(`demo: something may stay behind: ${(error as Error).message}`);
    return false;
  }
}
