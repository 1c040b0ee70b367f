/** A resolver that spoofs: ADDRESS TRUTH LIE. Whoever asks it gets the truth once, and all else that somebody on the way may send. */
import { createSocket } from 'node:dgram';
import packet, { type Question } from 'dns-packet';

const [address, truth = '', lie = ''] = process.argv.slice(2);
const socket = createSocket('udp4');

const answer = (id: number, question: Question, name: string, data: string): Buffer =>
  packet.encode({
    type: 'response',
    id,
    questions: [{ ...question, name }],
    answers: [{ type: 'A', name, ttl: 60, data }],
  });

socket.on('message', (message, { address: client, port }) => {
  const { id = 0, questions: [question] = [] } = packet.decode(message);
  if (!question) return;
  const { name } = question;
  const good = answer(id, question, name, truth);
  const all = [
    answer(id ^ 1, question, name, lie),
    answer(id, question, `other.${name}`, lie),
    good,
    answer(id, question, name, lie),
    answer(id, question, name, lie).subarray(0, -2),
  ];
  // One behind the other, so that they arrive in this order.
  for (const each of all) socket.send(each, port, client);
});
socket.bind(53, address, () => process.stderr.write('started\n'));
