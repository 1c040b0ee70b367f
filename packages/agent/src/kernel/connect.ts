import { type Conntrack, openConntrack } from './conntrack.ts';
import { loadFfi } from './ffi.ts';
import type { Kernel } from './kernel.ts';
import { LibraryNft } from './library-nft.ts';
import { SpawnedNft } from './spawned-nft.ts';

export interface Connection {
  readonly kernel: Kernel;
  /** Undefined where conntrack marks cannot be changed from here. */
  readonly conntrack: Conntrack | undefined;
  /** How deltas go to the kernel. */
  readonly deltas: 'library' | 'process';
}

/** The kernel of this network namespace, by the best way that this machine offers. */
export async function connectKernel(): Promise<Connection> {
  const spawned = new SpawnedNft();
  const ffi = await loadFfi();
  const library = ffi && LibraryNft.open(ffi, spawned);
  return {
    kernel: library ?? spawned,
    conntrack: ffi && openConntrack(ffi),
    deltas: library ? 'library' : 'process',
  };
}
