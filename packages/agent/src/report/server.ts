import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BindAddress } from '../config/values.ts';
import { debugState } from './debug-state.ts';
import { notReadyReasons } from './health.ts';
import { asciiJson } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { AgentView } from './view.ts';

/** A scrape every few seconds, a probe every few more: whoever needs more than this is no friend. Milliseconds and bytes. */
const LIMITS = Object.freeze({
  headers: 5_000,
  request: 10_000,
  idle: 15_000,
  headerBytes: 8 * 1024,
  connections: 128,
  requestsPerConnection: 1_000,
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

type Page = (view: AgentView, metrics: Metrics, request: IncomingMessage) => Answer | Promise<Answer>;

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  [
    '/metrics',
    async (_view, metrics) => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
  ],
  ['/healthz', () => ({ status: 200, type: TEXT, body: 'ok\n' })],
  ['/readyz', readiness],
  ['/debug/state', debug],
]);

/** Serves metrics and health. Whatever a client does, others are served and the agent goes on. */
export class ReportServer {
  readonly #view: AgentView;
  readonly #metrics: Metrics;
  readonly #server: Server;

  constructor(view: AgentView, metrics: Metrics) {
    this.#view = view;
    this.#metrics = metrics;
    this.#server = createServer(
      {
        headersTimeout: LIMITS.headers,
        requestTimeout: LIMITS.request,
        keepAliveTimeout: LIMITS.idle,
        connectionsCheckingInterval: 1_000,
        maxHeaderSize: LIMITS.headerBytes,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = LIMITS.connections;
    this.#server.maxRequestsPerSocket = LIMITS.requestsPerConnection;
    // Also for clients that do not read what they asked for.
    this.#server.setTimeout(LIMITS.idle);
  }

  /** `host:port`, or `[host]:port`, of where it listens. */
  get address(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** @throws Error in words for the user when it cannot listen there */
  async listen({ host, port }: BindAddress): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(whyNot(error, host, port))),
      );
      this.#server.listen({ port, ...(host !== undefined && { host }) }, resolve);
    });
    this.#server.removeAllListeners('error');
    // Running out of file descriptors, say: the agent's work is another.
    this.#server.on('error', () => undefined);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const page = PAGES.get(url.split('?', 1)[0] as string);
    if (!page) return send(response, { status: 404, type: TEXT, body: 'not found\n' });
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      // What the client still wants to send nobody reads.
      response.setHeader('connection', 'close');
      return send(response, { status: 405, type: TEXT, body: 'GET or HEAD\n' });
    }
    try {
      send(response, await page(this.#view, this.#metrics, request));
    } catch (error) {
      send(response, { status: 500, type: TEXT, body: `${(error as Error).message}\n` });
    }
  }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  // Node leaves the body out of answers to HEAD.
  response.end(body);
}

function readiness(view: AgentView): Answer {
  const reasons = notReadyReasons(view);
  return reasons.length === 0
    ? { status: 200, type: TEXT, body: 'ok\n' }
    : { status: 503, type: TEXT, body: `${reasons.join('\n')}\n` };
}

/** It names what is in the cluster: for whoever is on the node already. */
function debug(view: AgentView, _metrics: Metrics, request: IncomingMessage): Answer {
  return isLoopback(request.socket.remoteAddress)
    ? { status: 200, type: JSON_TYPE, body: `${asciiJson(JSON.stringify(debugState(view), undefined, 2))}\n` }
    : { status: 403, type: TEXT, body: 'only for connections from this machine\n' };
}

/** As Node spells the address of a peer. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

function whyNot({ code, message }: NodeJS.ErrnoException, host: string | undefined, port: number): string {
  const where = host === undefined ? `port ${port}` : `${host} port ${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is taken by another program`;
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine`;
    case 'EACCES':
      return `${where} may not be used by this user`;
    default:
      return message;
  }
}
