/** A judge for tests. Ports: 4001 accept, 4002 drop, 4003 hold until an update names it, 4004 loop for ever, 4005 throw. */
import type { Direction, Judgement, Packet, Verdict } from '../../src/index.ts';

const known = new Map<number, Judgement>([
  [4001, 'accept'],
  [4002, 'drop'],
]);

export function judge(packet: Packet, _direction: Direction): Judgement {
  if (packet.destinationPort === 4005) throw new Error('a judge with a bug');
  while (packet.destinationPort === 4004);
  return known.get(packet.destinationPort) ?? 'hold';
}

export function update(state: unknown): void {
  for (const [port, judgement] of state as readonly [number, Judgement][]) known.set(port, judgement);
}

/** Odd ports pass at their deadline. */
export function expire(packet: Packet): Verdict {
  return packet.destinationPort % 2 === 1 ? 'accept' : 'drop';
}
