import { type Change, type Kernel, KernelError } from '../kernel/kernel.ts';

/**
 * The kernel, and whether it holds what we put there and nothing else. It numbers its commits: as long as every number is
 * one of ours, nobody else has changed anything.
 */
export class WatchedKernel {
  readonly #kernel: Kernel;
  #trusted: number | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Whether all commits since the kernel was known to be right were ours; false where it does not number them. */
  get isOnlyOurs(): boolean {
    const number = this.#kernel.commitNumber();
    return number !== undefined && number === this.#trusted;
  }

  /** Notes that what the kernel held at this commit number is right. */
  trust(commitNumber: number | undefined): void {
    this.#trusted = commitNumber;
  }

  /** Carries a change out; returns what went wrong, if anything. */
  async apply(change: Change): Promise<KernelError | undefined> {
    try {
      if (await this.#applyNext(change)) return undefined;
      const before = this.#kernel.commitNumber();
      await this.#kernel.apply(change);
      const after = this.#kernel.commitNumber();
      const isAlone = before !== undefined && before === this.#trusted && after === before + 1;
      this.#trusted = isAlone ? after : undefined;
    } catch (error) {
      if (error instanceof KernelError) return error;
      throw error;
    }
    return undefined;
  }

  /** Where the kernel itself makes sure that nobody else came between, nobody has to ask it before and after. */
  async #applyNext(change: Change): Promise<boolean> {
    const trusted = this.#trusted;
    if (trusted === undefined || !(await this.#kernel.applyNext(change, trusted))) return false;
    // A kernel that held the intent is changed by every change: no commit is empty, and each counts one. 0 is left out.
    this.#trusted = (trusted + 1) >>> 0 || 1;
    return true;
  }
}
