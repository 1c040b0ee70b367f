import { callPointer, int, pointer } from './library.ts';
import { mapMemory } from './memory.ts';

const MSG_DONTWAIT = 0x40;
/** What a Unix stream socket takes whole or not at all: one buffer of the kernel's (unix_stream_sendmsg, UNIX_SKB_FRAGS_SZ). */
export const LARGEST_SEND = 32768;

/**
 * Returns a function that writes up to LARGEST_SEND bytes to the Unix stream socket `fd` if it takes them at once, and
 * returns whether it did: who serves packets must not wait for a reader that is stuck.
 */
export function createSender(fd: number): (bytes: Uint8Array) => boolean {
  const { address, bytes: shared } = mapMemory(LARGEST_SEND);
  return (bytes) => {
    shared.set(bytes);
    const length = BigInt(bytes.length);
    return (
      callPointer('libc', 'send', int(fd), pointer(address), pointer(length), int(MSG_DONTWAIT)) === length
    );
  };
}
