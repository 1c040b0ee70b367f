/** Long-lived connections whose ends count what they send and receive. */
import { createSocket } from 'node:dgram';
import { connect, type Socket as TcpSocket } from 'node:net';
import { type Flow, type FlowEnd, monotonicMs, type Sender } from './protocol.ts';

/** Nobody repeats a first datagram that was lost, as the judge of a busy machine may lose it. */
const REPEAT_MS = 500;
/** Whoever has no answer by then gets none. */
const ANSWER_LIMIT_MS = 30_000;

/** The first message of a flow; the server learns from it what the client wants. */
interface Hello {
  readonly hello: string;
  readonly sender: Sender;
  readonly every: number;
}

/** One end of one flow. Messages are `id sent-at`, one a datagram or line. */
class End {
  readonly #id: string;
  readonly #end: 'client' | 'server';
  #sent = 0;
  #received = 0;
  #newest = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(id: string, end: 'client' | 'server') {
    this.#id = id;
    this.#end = end;
  }

  /** Sends a message every `every` ms, if `sender` includes this end. */
  talk(sender: Sender, every: number, send: (text: string) => void): void {
    if (sender !== 'both' && sender !== this.#end) return;
    this.#timer = setInterval(() => {
      this.#sent++;
      send(`${this.#id} ${monotonicMs()}`);
    }, every);
  }

  hear(message: string): void {
    const sentAt = Number(message.slice(message.lastIndexOf(' ') + 1));
    this.#received++;
    this.#newest = Math.max(this.#newest, sentAt);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  report(): FlowEnd {
    return {
      id: this.#id,
      end: this.#end,
      sent: this.#sent,
      received: this.#received,
      newest: this.#newest,
    };
  }
}

export class Flows {
  #ends: End[] = [];
  /** Ends of UDP flows at this server; TCP ones live with their connection. */
  readonly #served = new Map<string, End>();
  #closers: (() => void)[] = [];

  /** Opens a flow as its client; resolves once the server has answered, and rejects when it does not. */
  open(flow: Flow, every: number): Promise<void> {
    const end = this.#add(flow.id, 'client');
    const hello: Hello = { hello: flow.id, sender: flow.sender, every };
    const begin = flow.protocol === 'TCP' ? connectTcp : connectUdp;
    return new Promise((resolve, reject) => {
      const tooLate = new Error(`${flow.id} has no answer after ${ANSWER_LIMIT_MS / 1000} s`);
      const limit = setTimeout(reject, ANSWER_LIMIT_MS, tooLate);
      const { send, close } = begin(flow, JSON.stringify(hello), {
        heard: (message) => end.hear(message),
        ready: () => {
          clearTimeout(limit);
          end.talk(flow.sender, every, send);
          resolve();
        },
        failed: reject,
      });
      this.#closers.push(close);
    });
  }

  serveTcp(connection: TcpSocket): void {
    let end: End | undefined;
    onLines(connection, (line) => {
      if (end) {
        end.hear(line);
        return;
      }
      const { hello, sender, every } = JSON.parse(line) as Hello;
      this.#closers.push(() => connection.destroy());
      end = this.#add(hello, 'server');
      connection.write(`${line}\n`);
      end.talk(sender, every, (text) => connection.write(`${text}\n`));
    });
  }

  serveDatagram(message: string, reply: (text: string) => void): void {
    if (!message.startsWith('{')) {
      this.#served.get(message.slice(0, message.indexOf(' ')))?.hear(message);
      return;
    }
    const { hello, sender, every } = JSON.parse(message) as Hello;
    reply(message);
    if (this.#served.has(hello)) return;
    const end = this.#add(hello, 'server');
    this.#served.set(hello, end);
    end.talk(sender, every, reply);
  }

  hush(): void {
    for (const end of this.#ends) end.hush();
  }

  report(): readonly FlowEnd[] {
    return this.#ends.map((end) => end.report());
  }

  forget(): void {
    this.hush();
    for (const close of this.#closers) close();
    this.#closers = [];
    this.#ends = [];
    this.#served.clear();
  }

  #add(id: string, side: 'client' | 'server'): End {
    const end = new End(id, side);
    this.#ends.push(end);
    return end;
  }
}

function onLines(socket: TcpSocket, heard: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line);
  });
}

interface Listener {
  readonly heard: (message: string) => void;
  /** The server has echoed the hello. */
  readonly ready: () => void;
  readonly failed: (error: Error) => void;
}

interface Line {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

function connectTcp(flow: Flow, hello: string, listener: Listener): Line {
  const socket = connect({ host: flow.to, port: flow.port, localAddress: flow.from, noDelay: true });
  socket.on('error', listener.failed);
  socket.once('connect', () => socket.write(`${hello}\n`));
  onLines(socket, (line) => (line === hello ? listener.ready() : listener.heard(line)));
  return { send: (text) => socket.write(`${text}\n`), close: () => void socket.resetAndDestroy() };
}

function connectUdp(flow: Flow, hello: string, listener: Listener): Line {
  const socket = createSocket(flow.to.includes(':') ? 'udp6' : 'udp4');
  let repeat: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(repeat);
    repeat = undefined;
  };
  socket.on('error', listener.failed);
  socket.on('message', (message: Buffer) => {
    const text = message.toString();
    if (text !== hello) listener.heard(text);
    else if (repeat) {
      stop();
      listener.ready();
    }
  });
  socket.bind({ address: flow.from, port: 0, exclusive: true }, () =>
    socket.connect(flow.port, flow.to, () => {
      repeat = setInterval(() => socket.send(hello), REPEAT_MS);
      socket.send(hello);
    }),
  );
  return {
    send: (text) => socket.send(text),
    close: () => {
      stop();
      socket.close();
    },
  };
}
