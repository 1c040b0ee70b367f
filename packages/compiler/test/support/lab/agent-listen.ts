/** The answering side of a lab host: every port answers probes and takes flows. */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { createServer, type Socket as TcpSocket } from 'node:net';
import type { Flows } from './agent-flows.ts';
import type { Socket } from './protocol.ts';

/** Long enough for every probe of a matrix to arrive at once. */
const BACKLOG = 4096;

export function listen(socket: Socket, flows: Flows): Promise<void> {
  switch (socket.protocol) {
    case 'TCP':
      return listenTcp(socket, flows);
    case 'UDP':
      return listenUdp(socket, flows);
  }
}

/** A TCP probe is answered by the handshake; only flows send anything. */
function listenTcp({ address, port }: Socket, flows: Flows): Promise<void> {
  const server = createServer((connection: TcpSocket) => {
    connection.on('error', () => connection.destroy());
    flows.serveTcp(connection);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: BACKLOG }, resolve);
  });
}

function listenUdp({ address, port }: Socket, flows: Flows): Promise<void> {
  const server = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const bound = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind(port, address, resolve);
  });
  server.on('message', (message: Buffer, peer: RemoteInfo) => {
    const reply = (text: string) => server.send(text, peer.port, peer.address);
    if (message.length === 0) reply('');
    else flows.serveDatagram(message.toString(), reply);
  });
  return bound.then(() => void server.on('error', () => undefined));
}
