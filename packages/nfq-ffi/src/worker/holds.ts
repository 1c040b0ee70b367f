/** A packet that waits for the judge to know more. Its bytes are a copy: the batch it came in has been reused. */
export interface HeldPacket {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** The address that it comes from. */
  readonly source: string;
  /** On the loop's clock, milliseconds. */
  readonly deadline: number;
}

/** Held packets, oldest first; all wait equally long, so the oldest has the next deadline. */
export interface Holds {
  readonly size: number;
  /** Milliseconds on the loop's clock; Infinity when nothing is held. */
  readonly nextDeadline: number;
  /** Holds the packet, unless all places are taken (`full`), or all that one source may take (`source`). */
  add(packet: HeldPacket): 'held' | 'full' | 'source';
  /** Removes and returns the packets whose deadline has come. */
  takeExpired(now: number): readonly HeldPacket[];
  /** Removes the packets that `settle` returns true for. */
  sweep(settle: (packet: HeldPacket) => boolean): void;
}

/** At most `limit` packets, and of each source at most `limitPerSource`. */
export function createHolds(limit: number, limitPerSource: number): Holds {
  const packets = new Map<number, HeldPacket>();
  const perSource = new Map<string, number>();
  const oldest = (): HeldPacket | undefined => packets.values().next().value;

  const remove = ({ id, source }: HeldPacket): void => {
    packets.delete(id);
    const left = (perSource.get(source) as number) - 1;
    if (left > 0) perSource.set(source, left);
    else perSource.delete(source);
  };

  return {
    get size() {
      return packets.size;
    },
    get nextDeadline() {
      return packets.size === 0 ? Number.POSITIVE_INFINITY : (oldest() as HeldPacket).deadline;
    },
    add(packet) {
      if (packets.size >= limit) return 'full';
      const ofSource = perSource.get(packet.source) ?? 0;
      if (ofSource >= limitPerSource) return 'source';
      packets.set(packet.id, packet);
      perSource.set(packet.source, ofSource + 1);
      return 'held';
    },
    takeExpired(now) {
      const expired: HeldPacket[] = [];
      for (let packet = oldest(); packet && packet.deadline <= now; packet = oldest()) {
        remove(packet);
        expired.push(packet);
      }
      return expired;
    },
    sweep(settle) {
      for (const packet of packets.values()) if (settle(packet)) remove(packet);
    },
  };
}
