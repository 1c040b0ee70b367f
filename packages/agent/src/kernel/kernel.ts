import { printTransaction, type Transaction } from '@kncompile/compiler';

/** How much a change touches: a few elements, or everything. */
export type Extent = 'delta' | 'full';

/** What the kernel is to carry out, all of it or nothing. */
export interface Change {
  readonly extent: Extent;
  /** The same as data; undefined where only the text says it. */
  readonly transaction: Transaction | undefined;
  /** The change as nft commands; printed anew with each call. */
  text(): string;
}

/** A change that is known as a text of nft commands alone. */
export function textChange(text: string, extent: Extent): Change {
  return { extent, transaction: undefined, text: () => text };
}

/** A change that is a transaction. Where nobody needs its text none is printed. */
export function transactionChange(transaction: Transaction, extent: Extent): Change {
  return { extent, transaction, text: () => printTransaction(transaction) };
}

/** All that the agent asks of the kernel's nftables. */
export interface Kernel {
  /**
   * Carries out a change, all of it or nothing.
   * @throws KernelError; after `timeout` it may have been carried out.
   */
  apply(change: Change): Promise<void>;
  /**
   * Carries out a change as the very next commit after the one with this number. False where nothing was done, because there
   * has been another, or because that cannot be made sure here.
   * @throws KernelError as `apply`
   */
  applyNext(change: Change, commitNumber: number): Promise<boolean>;
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

/** `unavailable`: nft cannot work here at all; `rejected`: it does not take this change; `timeout`: it gave no answer. */
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
