import { createSocket, type Socket } from 'node:dgram';

/** Two UDP sockets on loopback: what is sent to the port is what the queue under test decides about. */
export interface UdpPair {
  /** Sends one datagram to `port` with this text. */
  send(text: string): Promise<void>;
  /** Waits for a datagram up to `ms`; undefined when none came. */
  receive(ms?: number): Promise<string | undefined>;
  close(): void;
}

export async function udpPair(port: number, family: 4 | 6 = 4): Promise<UdpPair> {
  const address = family === 4 ? '127.0.0.1' : '::1';
  const receiver = createSocket(`udp${family}`);
  const sender = createSocket(`udp${family}`);
  await new Promise<void>((resolve) => receiver.bind(port, address, resolve));
  const arrived: string[] = [];
  let wake: () => void = () => undefined;
  receiver.on('message', (message) => {
    arrived.push(message.toString());
    wake();
  });
  return {
    send: (text) => send(sender, text, port, address),
    async receive(ms = 1000) {
      if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return arrived.shift();
    },
    close() {
      receiver.close();
      sender.close();
    },
  };
}

function send(socket: Socket, text: string, port: number, address: string): Promise<void> {
  // A packet that the queue refuses at once fails here with EPERM; that is a result, not an error.
  return new Promise((resolve) => socket.send(text, port, address, () => resolve()));
}
