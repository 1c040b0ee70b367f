import { NfqError } from '../errors.ts';
import { callInt, errno, int, pointer } from './library.ts';
import { mapMemory } from './memory.ts';

/** Bytes of cpu_set_t: 1,024 cores. */
const CPU_SET = 128;

/**
 * Pins this thread to a core, counted from 0. Throws NFQ_BAD_OPTION where the machine or the container lacks it. V8's helper threads stay where they are: garbage collection should not
 * take the core's time from packets.
 */
export function pinToCore(core: number): void {
  const { address, bytes } = mapMemory(CPU_SET);
  bytes[core >> 3] = 1 << (core & 7);
  if (callInt('libc', 'sched_setaffinity', int(0), pointer(BigInt(CPU_SET)), pointer(address)) < 0) {
    throw new NfqError('NFQ_BAD_OPTION', `core ${core} cannot be pinned to`, errno());
  }
}
