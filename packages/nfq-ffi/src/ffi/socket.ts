import { callPointer, int, pointer } from './library.ts';
import { mapMemory } from './memory.ts';

const MSG_DONTWAIT = 0x40;
const LARGEST = 65536;

/**
 * Returns a function that writes up to 64 KiB to the socket `fd` if it takes them at once, and returns whether it did:
 * who serves packets must not wait for a reader that is stuck.
 */
export function createSender(fd: number): (bytes: Uint8Array) => boolean {
  const { address, bytes: shared } = mapMemory(LARGEST);
  return (bytes) => {
    shared.set(bytes);
    const length = BigInt(bytes.length);
    return (
      callPointer('libc', 'send', int(fd), pointer(address), pointer(length), int(MSG_DONTWAIT)) === length
    );
  };
}
