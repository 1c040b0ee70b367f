import { type NftAnswer, NftTimeout, NftUnavailable, runNft } from '@kncompile/compiler';
import { type Change, type Kernel, KernelError, shortWords } from './kernel.ts';

/** 100,000 elements load in about a second; a machine under load takes many times that. */
const LIMIT_MS = 30_000;

/** `-p`: protocols as numbers, whatever /etc/protocols calls them. */
const LIST = ['-j', '-p', 'list', 'table', 'inet', 'kncompile'];

/** A process for each call. It takes whatever size, and leaves the event loop free. */
export class SpawnedNft implements Kernel {
  readonly #limitMs: number;

  /** `limitMs`: nft is killed when it takes longer. */
  constructor(limitMs = LIMIT_MS) {
    this.#limitMs = limitMs;
  }

  async apply(change: Change): Promise<void> {
    const answer = await this.#run(['-f', '-'], change.text());
    if (!answer.ok) throw new KernelError('rejected', shortWords(answer.stderr));
  }

  async applyNext(): Promise<boolean> {
    return false;
  }

  async list(): Promise<string | undefined> {
    const answer = await this.#run(LIST, '');
    if (answer.ok) return whole(answer.stdout);
    if (/No such file or directory/.test(answer.stderr)) return undefined;
    throw new KernelError('rejected', shortWords(answer.stderr));
  }

  async listAll(): Promise<string> {
    const answer = await this.#run(['-j', '-t', 'list', 'ruleset'], '');
    if (!answer.ok) throw new KernelError('rejected', shortWords(answer.stderr));
    return whole(answer.stdout);
  }

  commitNumber(): undefined {
    return undefined;
  }

  async #run(args: readonly string[], input: string): Promise<NftAnswer> {
    try {
      return await runNft(args, input, this.#limitMs);
    } catch (error) {
      if (error instanceof NftTimeout) throw new KernelError('timeout', error.message);
      if (error instanceof NftUnavailable) throw new KernelError('unavailable', error.message);
      throw error;
    }
  }
}

/** nft 1.0.6 may break off its JSON, with exit code 0, where somebody's table has the flag `owner`. */
function whole(listing: string): string {
  if (listing.trimEnd().endsWith('}')) return listing;
  throw new KernelError('rejected', `nft breaks off its listing after ${listing.length} characters`);
}
