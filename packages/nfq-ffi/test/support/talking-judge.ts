/** A judge for tests that accepts everything, and tells the parent each packet's destination port in a message of 4 KiB. */
import type { Judgement, Packet, Tell } from '../../src/index.ts';

const box: number[] = [];
const padding = 'x'.repeat(4096);

export function judge(packet: Packet): Judgement {
  box.push(packet.destinationPort);
  return 'accept';
}

export function outbox(tell: Tell): void {
  while (box.length > 0 && tell({ port: box[0], padding })) box.shift();
}
