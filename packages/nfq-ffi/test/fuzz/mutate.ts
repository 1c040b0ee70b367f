import {
  authentication,
  extension,
  fragmentHeader,
  icmp,
  ipv4,
  ipv6,
  sctp,
  tcp,
  udp,
} from '../support/packets.ts';
import type { Random } from '../support/random.ts';

/** A new array with a few changes: bits, bytes, 16-bit lengths, a cut, or a run that is taken out, doubled or overwritten. */
export function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(original);
  for (let changes = 1 + random.below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length);
    switch (random.below(6)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 1:
        bytes[at] = random.pick([0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff]);
        break;
      case 2:
        bytes.set(random.bytes(Math.min(2, bytes.length - at)), at);
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + random.below(8)));
        break;
      default:
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(Math.max(0, at - random.below(8))));
    }
  }
  return bytes;
}

/** A packet of random shape whose lengths are right: chains of extension headers, fragments, options, every transport. */
export function generate(random: Random): Buffer {
  const port = (): number => random.below(65536);
  const payload = random.bytes(random.below(40));
  const [protocol, body] = random.pick<() => readonly [number, Buffer]>([
    () => [6, tcp(port(), port(), random.below(256), payload)],
    () => [17, udp(port(), port(), payload)],
    () => [132, sctp(port(), port())],
    () => [1, icmp(random.below(256), random.below(256))],
    () => [58, icmp(random.below(256), random.below(256))],
    () => [random.below(256), Buffer.from(payload)],
  ])();
  if (random.below(2) === 0) {
    const options = Buffer.alloc(4 * random.below(11), 1);
    return ipv4({ protocol, options, fragment: random.below(8) === 0 ? random.below(65536) : 0 }, body);
  }
  let next = protocol;
  let chain = body;
  for (let headers = random.below(6); headers > 0; headers--) {
    const kind = random.pick([0, 43, 44, 51, 60]);
    if (kind === 44)
      chain = fragmentHeader(
        next,
        random.below(3) === 0 ? random.below(8192) : 0,
        random.below(2) === 0,
        chain,
      );
    else if (kind === 51) chain = authentication(next, chain);
    else chain = extension(next, chain, random.below(3));
    next = kind;
  }
  return ipv6({ next }, chain);
}
