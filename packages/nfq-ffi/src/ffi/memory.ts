import { errnoError } from '../errors.ts';
import { callPointer, errno, int, NULL, pointer, viewMemory } from './library.ts';

/** Memory outside V8's heap that JavaScript and system calls share. */
export interface Memory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
}

const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = -1n;

/**
 * Maps `size` bytes of zeroes. They stay mapped as long as the process lives: a view of unmapped memory that somebody
 * still holds would crash the process at its next read, and a process opens few queues.
 */
export function mapMemory(size: number): Memory {
  const address = callPointer(
    'libc',
    'mmap',
    NULL,
    pointer(BigInt(size)),
    int(PROT_READ_WRITE),
    int(MAP_PRIVATE_ANONYMOUS),
    int(-1),
    pointer(0n),
  );
  if (address === MAP_FAILED) throw errnoError(errno(), `mmap of ${size} bytes`, { queueTaken: false });
  const { buffer, byteOffset } = viewMemory(address, size);
  return {
    address,
    bytes: new Uint8Array(buffer, byteOffset, size),
    words: new Int32Array(buffer, byteOffset, size >> 2),
    longs: new BigInt64Array(buffer, byteOffset, size >> 3),
  };
}
