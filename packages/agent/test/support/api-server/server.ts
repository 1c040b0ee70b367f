/** An API server for tests: strict about what it is asked, and as unreliable as a test wants it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectionPath, RESOURCES } from '@kncompile/compiler';
import { answerDiscovery, answerStatus, Lists } from './answers.ts';
import { Store } from './store.ts';
import { Watches } from './watches.ts';
import { answerWrite } from './writes.ts';

export const TOKEN = 'secret';

/** Answers before the server does; true when it did. */
export type Intercept = (url: URL, response: ServerResponse, request: IncomingMessage) => boolean;

export class ApiServer {
  readonly store = new Store();
  readonly watches = new Watches(this.store);
  /** Path with query of every request so far. */
  readonly requests: string[] = [];
  /** Method and path of every request that was to change something. */
  readonly writes: string[] = [];
  #intercept: Intercept = () => false;
  #token = TOKEN;
  readonly #lists = new Lists(this.store);
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again under the same address. */
  async start(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Stops at once; what the cluster holds is kept. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** What goes wrong from now on, before the server itself answers. */
  onRequest(intercept: Intercept): void {
    this.#intercept = intercept;
  }

  /** Which bearer token counts from now on. */
  demandToken(token: string): void {
    this.#token = token;
  }

  /** The list requests for a collection so far, first pages only. */
  listsOf(plural: string): number {
    return this.requests.filter(
      (path) => path.includes(`/${plural}?`) && !path.includes('watch=') && !path.includes('continue='),
    ).length;
  }

  /** A kubeconfig that leads here. */
  kubeconfig(): string {
    return JSON.stringify({
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: this.url } }],
      users: [{ name: 'test', user: { token: TOKEN } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://server');
    this.requests.push(request.url ?? '');
    if (request.method !== 'GET') this.writes.push(`${request.method} ${url.pathname}`);
    if (this.#intercept(url, response, request)) return;
    if (request.headers.authorization !== `Bearer ${this.#token}`) {
      answerStatus(response, 401, 'Unauthorized');
      return;
    }
    if (request.method !== 'GET') {
      void answerWrite(request, response, url, this.store);
      return;
    }
    if (answerDiscovery(response, url.pathname, this.store)) return;
    const resource = RESOURCES.find((each) => collectionPath(each) === url.pathname);
    if (!resource || !this.store.has(resource)) {
      answerStatus(response, 404, 'the server could not find the requested resource');
    } else if (url.searchParams.get('watch') === 'true') {
      this.watches.start(response, resource, url.searchParams);
    } else this.#lists.answer(response, resource, url.searchParams);
  }
}

export async function withApiServer<T>(use: (server: ApiServer) => Promise<T>): Promise<T> {
  const server = new ApiServer();
  await server.start();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
