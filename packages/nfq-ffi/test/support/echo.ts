import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP server on `address`, port 5000, that sends everything back. Returns what closes it. */
export async function startEcho(address: string): Promise<() => void> {
  const server = createSocket('udp4');
  server.on('message', (message, from) => server.send(message, from.port, from.address, () => undefined));
  server.bind(5000, address);
  await once(server, 'listening');
  return () => void server.close();
}

/** Sends a datagram to the server on `address` from a new socket, so on a new connection; true when it came back within `ms`. */
export async function echoes(address: string, ms: number): Promise<boolean> {
  const client = createSocket('udp4');
  client.send('?', 5000, address, () => undefined);
  const answered = once(client, 'message').then(() => true);
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, ms, false));
  const result = await Promise.race([answered, late]);
  client.close();
  return result;
}
