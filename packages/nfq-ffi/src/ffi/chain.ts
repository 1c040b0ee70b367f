import { NfqError } from '../errors.ts';
import { callInt, callPointer, int, NULL, pointer, prepareInt, text } from './library.ts';
import { mapMemory } from './memory.ts';

/** A libc function with fixed arguments; what varies from run to run lies behind its pointers. */
export interface Step {
  readonly name: string;
  readonly arguments: readonly bigint[];
}

/**
 * Several libc calls in one ffi call. A call through ffi-rs costs 2 µs and 0.5 µs for each parameter, more than most of
 * the system calls behind it, so the three of a batch (send, poll, receive) are joined by what libc has for it:
 * each step is a ucontext (makecontext) whose end (uc_link) is the start of the next, and swapcontext, with two
 * parameters, runs them all. Their return values are lost: a step must leave its result in memory.
 */
export interface Chain {
  /** Runs the steps from `first` to the last one. */
  run(first: number): void;
}

/** Room for ucontext_t: 968 bytes on x86-64, 4,560 on arm64. */
const CONTEXT = 8192;
/** Room for libc's frames, and for a signal handler. */
const STACK = 65536;
/** What makecontext leaves at the top of a stack, and a run overwrites: a return address and the link to follow. */
const STACK_TOP = 64;

/** Offsets in ucontext_t, which x86-64 and arm64 share. */
const UC_LINK = 8;
const UC_STACK_POINTER = 16;
const UC_STACK_SIZE = 32;

export function createChain(steps: readonly Step[]): Chain {
  const { address, words, longs } = mapMemory((steps.length + 1) * (CONTEXT + STACK));
  const contextAt = (index: number): number => index * CONTEXT;
  const stackAt = (index: number): number => (steps.length + 1) * CONTEXT + index * STACK;
  const at = (offset: number): bigint => address + BigInt(offset);
  const main = steps.length;

  steps.forEach((step, index) => {
    const context = contextAt(index);
    callInt('libc', 'getcontext', pointer(at(context)));
    longs[(context + UC_LINK) >> 3] = at(contextAt(index + 1));
    longs[(context + UC_STACK_POINTER) >> 3] = at(stackAt(index));
    longs[(context + UC_STACK_SIZE) >> 3] = BigInt(STACK);
    const values = step.arguments.map(pointer);
    callPointer(
      'libc',
      'makecontext',
      pointer(at(context)),
      pointer(functionAddress(step.name)),
      int(values.length),
      ...values,
    );
  });

  // Word by word: for so few of them TypedArray.set costs more.
  const saved = steps.flatMap((_, index) => {
    const from = (stackAt(index) + STACK - STACK_TOP) >> 2;
    return Array.from({ length: STACK_TOP >> 2 }, (_, word) => ({
      at: from + word,
      value: words[from + word] as number,
    }));
  });
  const savedAt = Int32Array.from(saved, ({ at }) => at);
  const savedValues = Int32Array.from(saved, ({ value }) => value);
  const calls = steps.map((_, index) =>
    prepareInt('libc', 'swapcontext', pointer(at(contextAt(main))), pointer(at(contextAt(index)))),
  );
  return {
    run(first) {
      for (let i = 0; i < savedAt.length; i++) words[savedAt[i] as number] = savedValues[i] as number;
      (calls[first] as () => number)();
    },
  };
}

function functionAddress(name: string): bigint {
  const address = callPointer('libc', 'dlsym', NULL, text(name));
  if (address === 0n) throw new NfqError('NFQ_LIBRARY_MISSING', `libc has no ${name}`);
  return address;
}
