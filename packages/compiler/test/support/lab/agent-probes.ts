/** The asking side of a lab host: many probes at once, each answered or left silent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Answer, Outcome, Probe } from './protocol.ts';

/** Answers are gathered this long before they are told, so that a matrix is not a message per cell. */
const BATCH_MS = 10;

/** How to give up one probe. */
type Cancel = () => void;

export class Probes {
  readonly #tell: (answers: readonly Answer[]) => void;
  #pending = new Map<number, Cancel>();
  #answers: Answer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (answers: readonly Answer[]) => void) {
    this.#tell = tell;
  }

  start(probes: readonly Probe[]): void {
    // A map of this call's own: a ping given up long ago may still end, and must not answer for another probe.
    const pending = new Map<number, Cancel>();
    this.#pending = pending;
    probes.forEach((probe, index) => {
      const cancel = ask(probe, (outcome) => this.#settled(pending, index, outcome));
      pending.set(index, cancel);
    });
  }

  /** Gives up what is still unanswered, and tells the rest. */
  settle(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
    this.#flush();
  }

  #settled(pending: Map<number, Cancel>, index: number, outcome: Outcome): void {
    const cancel = pending.get(index);
    if (!cancel) return;
    pending.delete(index);
    cancel();
    this.#answers.push([index, outcome]);
    this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#answers.length > 0) this.#tell(this.#answers);
    this.#answers = [];
  }
}

function ask(probe: Probe, answer: (outcome: Outcome) => void): Cancel {
  switch (probe.protocol) {
    case 'TCP':
      return askTcp(probe, answer);
    case 'UDP':
      return askUdp(probe, answer);
    case 'ICMP':
      return askIcmp(probe, answer);
  }
}

function askTcp({ from, to, port }: Probe, answer: (outcome: Outcome) => void): Cancel {
  const socket = connect({ host: to, port, localAddress: from });
  socket.once('connect', () => answer('open'));
  socket.on('error', () => answer('refused'));
  // A reset leaves no TIME_WAIT behind, of which thousands would pile up.
  return () => void socket.resetAndDestroy();
}

/** A connected socket, so that an ICMP error comes back as one. */
function askUdp({ from, to, port }: Probe, answer: (outcome: Outcome) => void): Cancel {
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4');
  let closed = false;
  socket.on('error', () => answer('refused'));
  socket.on('message', () => answer('open'));
  socket.bind({ address: from, port: 0, exclusive: true }, () => {
    if (closed) return;
    socket.connect(port, to, () => {
      if (!closed) socket.send('', (error) => void (error && answer('refused')));
    });
  });
  return () => {
    closed = true;
    socket.close();
  };
}

function askIcmp({ from, to }: Probe, answer: (outcome: Outcome) => void): Cancel {
  const ping: ChildProcess = spawn('ping', ['-n', '-q', '-c', '1', '-I', from, to], { stdio: 'ignore' });
  ping.once('exit', (code) => {
    if (code !== null) answer(code === 0 ? 'open' : 'refused');
  });
  return () => void ping.kill('SIGKILL');
}
