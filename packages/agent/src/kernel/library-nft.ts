import { commitNumberReader } from './commit-number.ts';
import type { Ffi } from './ffi.ts';
import { type Change, type Kernel, KernelError, shortWords, textChange } from './kernel.ts';

/** Debian package libnftables1. */
const SONAME = 'libnftables.so.1';

/** About 20 ms in the library, in which the event loop stands still. */
const LARGEST_TEXT = 256 * 1024;

/**
 * libnftables in this process: a delta takes 0.1 ms instead of a process's 3 to 16. It works synchronously, so whatever is
 * large goes to another kernel; and where another program's commit holds the kernel, the event loop waits with it. A text
 * is one netlink batch: all or nothing.
 */
export class LibraryNft implements Kernel {
  readonly #ffi: Ffi;
  readonly #context: bigint;
  readonly #others: Kernel;
  readonly #commitNumber: (() => number | undefined) | undefined;

  private constructor(ffi: Ffi, context: bigint, others: Kernel) {
    this.#ffi = ffi;
    this.#context = context;
    this.#others = others;
    this.#commitNumber = commitNumberReader(ffi);
  }

  /** `others` does what is large, and the listing. Undefined where the library is not installed. */
  static open(ffi: Ffi, others: Kernel): LibraryNft | undefined {
    try {
      ffi.open('nftables', SONAME);
    } catch {
      return undefined;
    }
    const context = ffi.pointer('nftables', 'nft_ctx_new', 0);
    if (context === 0n) return undefined;
    ffi.int('nftables', 'nft_ctx_buffer_error', context);
    ffi.int('nftables', 'nft_ctx_buffer_output', context);
    return new LibraryNft(ffi, context, others);
  }

  async apply(change: Change): Promise<void> {
    if (change.extent === 'full') return this.#others.apply(change);
    const text = change.text();
    if (text.length > LARGEST_TEXT) return this.#others.apply(textChange(text, change.extent));
    // A C string ends there, and what follows would be left out in silence.
    if (text.includes('\0')) throw new KernelError('rejected', 'the text holds a NUL character');
    if (this.#ffi.int('nftables', 'nft_run_cmd_from_buffer', this.#context, text) === 0) return;
    // Reading the words also empties the buffer.
    const words = this.#ffi.text('nftables', 'nft_ctx_get_error_buffer', this.#context);
    const code = /Operation not permitted/.test(words) ? 'unavailable' : 'rejected';
    throw new KernelError(code, shortWords(words));
  }

  async applyNext(): Promise<boolean> {
    return false;
  }

  list(): Promise<string | undefined> {
    return this.#others.list();
  }

  listAll(): Promise<string> {
    return this.#others.listAll();
  }

  commitNumber(): number | undefined {
    return this.#commitNumber?.();
  }
}
