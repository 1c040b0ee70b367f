/** DNS messages about one A record, as another library writes them. */
import packet from 'dns-packet';

export const question = (name: string, id = 7): Buffer =>
  packet.encode({ type: 'query', id, questions: [{ type: 'A', name }] });

export const answer = (name: string, data: string, id = 7, ttl = 30): Buffer =>
  packet.encode({
    type: 'response',
    id,
    questions: [{ type: 'A', name }],
    answers: [{ type: 'A', name, ttl, data }],
  });

/** As it goes over TCP: with its length in front. */
export const framed = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
