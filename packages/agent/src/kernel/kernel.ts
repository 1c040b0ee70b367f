/** How much a text changes: a few elements, or everything. */
export type Extent = 'delta' | 'full';

/** All that the agent asks of the kernel's nftables. */
export interface Kernel {
  /**
   * Carries out nft commands, all of them or none.
   * @throws KernelError; after `timeout` they may have been carried out.
   */
  apply(text: string, extent: Extent): Promise<void>;
  /**
   * Our table as `nft -j -p list table` shows it; undefined where there is none.
   * @throws KernelError
   */
  list(): Promise<string | undefined>;
  /**
   * All rules of everybody, as `nft -j -t list ruleset` shows them.
   * @throws KernelError
   */
  listAll(): Promise<string>;
  /**
   * The number of the kernel's last nftables commit in this network namespace, by whomever (NFT_MSG_GETGEN): each commit
   * adds one. Undefined where it cannot be asked.
   */
  commitNumber(): number | undefined;
}

/** `unavailable`: nft cannot work here at all; `rejected`: it does not take this text; `timeout`: it gave no answer. */
export type KernelErrorCode = 'unavailable' | 'rejected' | 'timeout';

/** nftables did not do what it was asked to; the message holds nft's own words. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: KernelErrorCode;

  constructor(code: KernelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** nft repeats the whole command for each complaint: the first lines say it. */
const WORDS_LINES = 6;
const WORDS_LENGTH = 1000;

/** nft's words, cut to what a log line can hold. */
export function shortWords(said: string): string {
  return said.trimEnd().split('\n').slice(0, WORDS_LINES).join('\n').slice(0, WORDS_LENGTH);
}
