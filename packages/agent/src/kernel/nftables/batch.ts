import { type ChainRule, type Element, type SetShape, TABLE, type Transaction } from '@kncompile/compiler';
import { writeElement } from './elements.ts';
import { MessageWriter } from './message-writer.ts';
import {
  BATCH_FOR,
  NFNL_BATCH_GENID,
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  NFPROTO_INET,
  NFT_MSG,
  NFTA_CHAIN,
  NFTA_ELEMENTS,
  NFTA_RULE,
  NLM_F_APPEND,
  NLM_F_CREATE,
  TABLE_NAME,
} from './protocol.ts';
import { isKnownChain, readsTos, writeExpressions } from './rules.ts';
import { writeTosEntries, writeTosSet } from './tos-priorities.ts';

/**
 * The largest batch, in bytes: some hundred elements, two or three milliseconds in which the event loop stands still. A socket
 * sends as much as net.core.wmem_default says, 208 KiB unless somebody has changed it.
 */
export const LARGEST_BATCH = 128 * 1024;

/** The list of elements is one attribute, and those are below 64 KiB; an element with all that it may have takes 220 bytes. */
const ELEMENTS_PER_MESSAGE = 256;

/** A transaction as the kernel takes it, all of it or nothing. */
export interface Batch {
  readonly bytes: Buffer;
  /** What the messages with the sequence numbers 1 and up ask for; only the last one is answered where it succeeds. */
  readonly requests: readonly Request[];
  /** Whether it holds keys of several fields with ranges. */
  readonly hasRanges: boolean;
}

/** What one message asks for. */
export interface Request {
  /** In nft's words, without the elements. */
  readonly command: string;
  /** Elements, and where each begins in the message. */
  readonly elements: readonly Element[];
  readonly starts: readonly number[];
  readonly set: SetShape | undefined;
}

/**
 * A transaction as one batch of nf_tables messages, in the order and with the meaning of `printTransaction`; undefined where
 * it is not known here, or too large. One difference: it fails where there is no table. With `follows` it also fails, with
 * ERESTART, where the kernel's last commit is another than that one.
 */
export function encodeTransaction(transaction: Transaction, follows?: number): Batch | undefined {
  return isKnown(transaction) ? new BatchWriter().write(transaction, follows) : undefined;
}

/** New sets and other chains are rare, and nft knows them. So it does sets of ranges of addresses, which hold something else. */
function isKnown(transaction: Transaction): boolean {
  const { newSets, elements, chains, oldChains, emptiedChains, oldSets } = transaction;
  return (
    newSets.length + oldChains.length + emptiedChains.length + oldSets.length === 0 &&
    elements.every(
      ({ set, refilled }) => !refilled && !set.timed && !(set.interval && set.fields.length === 1),
    ) &&
    chains.every(isKnownChain)
  );
}

class BatchWriter {
  readonly #writer = new MessageWriter();
  readonly #requests: Request[] = [];

  /** Undefined where it becomes too large, or holds nothing: nobody would answer. */
  write({ chains, elements }: Transaction, follows: number | undefined): Batch | undefined {
    this.#delimit(NFNL_MSG_BATCH_BEGIN, 0, (writer) => {
      if (follows !== undefined) writer.number(NFNL_BATCH_GENID, follows);
    });
    for (const { name } of chains) this.#addChain(name);
    for (const { name } of chains) this.#flushChain(name);
    for (const { set, removed, added } of elements) {
      if (!this.#changeElements('delete', set, removed)) return undefined;
      if (!this.#changeElements('add', set, added)) return undefined;
    }
    for (const { name, rules } of chains) for (const rule of rules) this.#addRule(name, rule);
    if (this.#requests.length === 0) return undefined;
    this.#writer.acknowledgeLast();
    this.#delimit(NFNL_MSG_BATCH_END, this.#requests.length + 1);
    const bytes = this.#writer.written;
    if (bytes.length > LARGEST_BATCH) return undefined;
    return { bytes, requests: this.#requests, hasRanges: elements.some(({ set }) => set.interval) };
  }

  #addChain(name: string): void {
    this.#request(`add chain ${TABLE} ${name}`, NFT_MSG.newChain, NLM_F_CREATE, (writer) => {
      writer.text(NFTA_CHAIN.table, TABLE_NAME);
      writer.text(NFTA_CHAIN.name, name);
    });
  }

  /** Deletes rules, with no word on which. */
  #flushChain(name: string): void {
    this.#request(`flush chain ${TABLE} ${name}`, NFT_MSG.deleteRule, 0, (writer) => {
      writer.text(NFTA_RULE.table, TABLE_NAME);
      writer.text(NFTA_RULE.chain, name);
    });
  }

  #addRule(chain: string, rule: ChainRule): void {
    const command = `add rule ${TABLE} ${chain}`;
    const setId = this.#requests.length + 1;
    if (readsTos(rule)) {
      this.#request(command, NFT_MSG.newSet, NLM_F_CREATE, (writer) => writeTosSet(writer, setId));
      this.#request(command, NFT_MSG.newElement, NLM_F_CREATE, (writer) => writeTosEntries(writer, setId));
    }
    this.#request(command, NFT_MSG.newRule, NLM_F_CREATE | NLM_F_APPEND, (writer) => {
      writer.text(NFTA_RULE.table, TABLE_NAME);
      writer.text(NFTA_RULE.chain, chain);
      writer.nest(NFTA_RULE.expressions, () => writeExpressions(writer, rule, setId));
    });
  }

  /** False where the batch has become too large. */
  #changeElements(verb: 'add' | 'delete', set: SetShape, elements: readonly Element[]): boolean {
    const isAdded = verb === 'add';
    const [type, flags] = isAdded ? [NFT_MSG.newElement, NLM_F_CREATE] : [NFT_MSG.deleteElement, 0];
    for (let from = 0; from < elements.length; from += ELEMENTS_PER_MESSAGE) {
      const some = elements.slice(from, from + ELEMENTS_PER_MESSAGE);
      const starts: number[] = [];
      const what = { command: `${verb} element ${TABLE} ${set.name}`, set, elements: some, starts };
      this.#request(what, type, flags, (writer) => {
        writer.text(NFTA_ELEMENTS.table, TABLE_NAME);
        writer.text(NFTA_ELEMENTS.set, set.name);
        writer.nest(NFTA_ELEMENTS.list, () => {
          for (const element of some) {
            starts.push(writer.messageLength);
            writeElement(writer, set, element, isAdded);
          }
        });
      });
      if (this.#writer.written.length > LARGEST_BATCH) return false;
    }
    return true;
  }

  #request(
    what: string | Request,
    type: number,
    flags: number,
    attributes: (writer: MessageWriter) => void,
  ): void {
    this.#requests.push(
      typeof what === 'string' ? { command: what, set: undefined, elements: [], starts: [] } : what,
    );
    const head = { type, flags, family: NFPROTO_INET, resource: 0, sequence: this.#requests.length };
    this.#writer.message(head, () => attributes(this.#writer));
  }

  #delimit(type: number, sequence: number, attributes: (writer: MessageWriter) => void = () => {}): void {
    const head = { type, flags: 0, family: 0, resource: BATCH_FOR, sequence };
    this.#writer.message(head, () => attributes(this.#writer));
  }
}
