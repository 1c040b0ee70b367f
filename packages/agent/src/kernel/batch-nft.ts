import type { Ffi } from './ffi.ts';
import { type Change, type Kernel, KernelError } from './kernel.ts';
import { NetlinkSocket } from './netlink.ts';
import { type Answer, answersIn, refusalText } from './nftables/answers.ts';
import { type Batch, encodeTransaction } from './nftables/batch.ts';
import { writesRangesAsWeDo } from './nftables/range-keys.ts';

const EPERM = 1;
/** Of the kernel alone: a batch was to follow a commit that is not the last one. */
const ERESTART = 85;

/** Nothing has been done but where it is `done`. */
type Outcome = 'done' | 'unsent' | 'superseded';

/** Answers are about 60 bytes each, without the messages that they answer. */
const ANSWER_BYTES = 16 * 1024;

/**
 * The transactions of everyday as netlink messages of our own: libnftables reads the kernel's whole table, elements of ranges
 * included, before it says the same. What is not known here goes to another kernel, and so do the listings.
 */
export class BatchNft implements Kernel {
  readonly #socket: NetlinkSocket;
  readonly #others: Kernel;
  readonly #answers = Buffer.alloc(ANSWER_BYTES);
  /** Undefined while it is not known. */
  #knowsRanges: boolean | undefined;

  private constructor(socket: NetlinkSocket, others: Kernel) {
    this.#socket = socket;
    this.#others = others;
  }

  /** Undefined where the kernel cannot be reached this way. */
  static open(ffi: Ffi, others: Kernel): BatchNft | undefined {
    const socket = NetlinkSocket.open(ffi);
    socket?.wantPlaces();
    return socket && new BatchNft(socket, others);
  }

  async apply(change: Change): Promise<void> {
    if ((await this.#carryOut(change)) !== 'done') await this.#others.apply(change);
  }

  async applyNext(change: Change, commitNumber: number): Promise<boolean> {
    return (await this.#carryOut(change, commitNumber)) === 'done';
  }

  list(): Promise<string | undefined> {
    return this.#others.list();
  }

  listAll(): Promise<string> {
    return this.#others.listAll();
  }

  commitNumber(): number | undefined {
    return this.#others.commitNumber();
  }

  async #carryOut(change: Change, follows?: number): Promise<Outcome> {
    const batch = await this.#batchOf(change, follows);
    // What is not sent, for its size or for want of memory, the kernel has not seen.
    if (!batch || !this.#socket.ask(batch.bytes, this.#answers)) return 'unsent';
    return this.#outcomeOf(batch);
  }

  async #batchOf({ extent, transaction }: Change, follows?: number): Promise<Batch | undefined> {
    const batch = extent === 'delta' && transaction ? encodeTransaction(transaction, follows) : undefined;
    if (batch?.hasRanges) this.#knowsRanges ??= await writesRangesAsWeDo();
    return batch?.hasRanges && !this.#knowsRanges ? undefined : batch;
  }

  /**
   * The kernel works while we send, and its answers lie there when that returns: nothing is waited for. That to the last
   * message comes last; it alone would not do, because an error of the commit itself is one of the whole batch.
   */
  #outcomeOf(batch: Batch): Outcome {
    let isAnswered = false;
    let refusal: Answer | undefined;
    while (!isAnswered) {
      const length = this.#socket.receive(this.#answers, false);
      if (length === 0) break;
      for (const answer of answersIn(this.#answers, length)) {
        isAnswered ||= answer.sequence === batch.requests.length;
        if (answer.errno !== 0) refusal ??= answer;
      }
    }
    if (isAnswered) this.#socket.noteAnswered();
    if (refusal?.errno === ERESTART) return 'superseded';
    if (refusal) {
      const code = refusal.errno === EPERM ? 'unavailable' : 'rejected';
      throw new KernelError(code, refusalText(batch, refusal));
    }
    // Where there was no memory for the answer; the batch may have been carried out.
    if (!isAnswered) throw new KernelError('timeout', 'the kernel has not answered a batch');
    return 'done';
  }
}
