// Lets DNS queries out and no other UDP. As root, after: iptables -A OUTPUT -p udp -j NFQUEUE --queue-num 0
import { createPacket, openQueue, Parse, parsePacket } from '@kncompile/nfq-ffi';

const queue = openQueue({ number: 0 });
const packet = createPacket();
console.log('listening');
for (;;) {
  const { count, ids, bytes, offsets, lengths } = queue.receive(1000);
  for (let i = 0; i < count; i++) {
    const parsed = parsePacket(bytes, offsets[i] as number, lengths[i] as number, packet);
    const dns = parsed === Parse.OK && packet.protocol === 17 && packet.destinationPort === 53;
    queue.answer(ids[i] as number, dns ? 'accept' : 'drop');
  }
}
