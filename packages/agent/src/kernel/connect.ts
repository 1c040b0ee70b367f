import { BatchNft } from './batch-nft.ts';
import { type Conntrack, openConntrack } from './conntrack.ts';
import { deniedPacketsReader } from './denied-packets.ts';
import { loadFfi } from './ffi.ts';
import type { Kernel } from './kernel.ts';
import { LibraryNft } from './library-nft.ts';
import { openNflog, type PacketLog } from './nflog.ts';
import { SpawnedNft } from './spawned-nft.ts';

export interface Connection {
  readonly kernel: Kernel;
  /** Undefined where conntrack marks cannot be changed from here. */
  readonly conntrack: Conntrack | undefined;
  /** How deltas go to the kernel that BatchNft cannot carry out itself. */
  readonly deltas: 'library' | 'process';
  /** Packets that our chain `deny` has dropped since it was last filled; undefined where that cannot be asked. */
  readonly deniedPackets: () => number | undefined;
  /**
   * Listens to an NFLOG group.
   * @throws Error in words for the user
   */
  readonly openLog: (group: number) => PacketLog;
}

/** The kernel of this network namespace, by the best way that this machine offers. */
export async function connectKernel(): Promise<Connection> {
  const spawned = new SpawnedNft();
  const ffi = await loadFfi();
  const library = ffi && LibraryNft.open(ffi, spawned);
  const texts = library ?? spawned;
  return {
    kernel: (ffi && BatchNft.open(ffi, texts)) ?? texts,
    conntrack: ffi && openConntrack(ffi),
    deltas: library ? 'library' : 'process',
    deniedPackets: (ffi && deniedPacketsReader(ffi)) ?? (() => undefined),
    openLog: (group) => {
      if (!ffi) throw new Error('NFLOG needs ffi-rs, which has no binary for this platform');
      return openNflog(ffi, group);
    },
  };
}
