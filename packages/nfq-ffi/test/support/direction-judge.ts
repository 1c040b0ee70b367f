/** A judge for tests: queries go to port 5000 in the original direction, answers come from it in the reply direction. */
import type { Direction, Judgement, Packet } from '../../src/index.ts';

export function judge(packet: Packet, direction: Direction): Judgement {
  const port = direction === 'original' ? packet.destinationPort : packet.sourcePort;
  return port === 5000 ? 'accept' : 'drop';
}
