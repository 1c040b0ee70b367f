/** A packet that waits for the judge to know more. Its bytes are a copy: the batch it came in has been reused. */
export interface HeldPacket {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** On the loop's clock, milliseconds. */
  readonly deadline: number;
}

/** Held packets, oldest first; all wait equally long, so the oldest has the next deadline. */
export interface Holds {
  readonly size: number;
  /** Milliseconds on the loop's clock; Infinity when nothing is held. */
  readonly nextDeadline: number;
  /** False, and nothing held, when `limit` packets already are. */
  add(packet: HeldPacket): boolean;
  /** Removes and returns the packets whose deadline has come. */
  takeExpired(now: number): readonly HeldPacket[];
  /** Removes the packets that `settle` returns true for. */
  sweep(settle: (packet: HeldPacket) => boolean): void;
}

export function createHolds(limit: number): Holds {
  const packets = new Map<number, HeldPacket>();
  const oldest = (): HeldPacket | undefined => packets.values().next().value;

  return {
    get size() {
      return packets.size;
    },
    get nextDeadline() {
      return packets.size === 0 ? Number.POSITIVE_INFINITY : (oldest() as HeldPacket).deadline;
    },
    add(packet) {
      if (packets.size >= limit) return false;
      packets.set(packet.id, packet);
      return true;
    },
    takeExpired(now) {
      const expired: HeldPacket[] = [];
      for (let packet = oldest(); packet && packet.deadline <= now; packet = oldest()) {
        packets.delete(packet.id);
        expired.push(packet);
      }
      return expired;
    },
    sweep(settle) {
      for (const packet of packets.values()) if (settle(packet)) packets.delete(packet.id);
    },
  };
}
