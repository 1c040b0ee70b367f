/** Requests to an API server, with the credentials of a kubeconfig. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { ClusterError } from './cluster-error.ts';
import { type ClusterChoice, loadKubeConfig } from './kubeconfig.ts';

export interface KubeRequest {
  /** Media type; JSON when not given. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface KubeApi {
  /** URL of the server, for messages. */
  readonly server: string;
  /**
   * GETs a path with its query. The body is left to the caller, so that it can be a watch.
   * @throws ClusterError when the server is not reached or the credentials cannot be had.
   */
  get(path: string, request?: KubeRequest): Promise<IncomingMessage>;
}

/** A server and the credentials for it. Whoever only reads takes a `KubeApi`. */
export interface KubeSession {
  /** URL of the server, for messages. */
  readonly server: string;
  /** @throws ClusterError when the server is not reached or the credentials cannot be had. */
  request(method: 'GET' | 'POST' | 'PATCH', path: string, request: SessionRequest): Promise<IncomingMessage>;
}

export interface SessionRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** How long a server may stay silent before it counts as unreachable, in milliseconds. */
const SILENCE = 30_000;

/** @throws ClusterError when no cluster is configured, or not properly. */
export async function connect(choice: ClusterChoice = {}): Promise<KubeApi> {
  const session = await openSession(choice);
  return {
    server: session.server,
    get: (path, { accept = 'application/json', signal } = {}) =>
      session.request('GET', path, { headers: { accept }, signal }),
  };
}

/** @throws ClusterError when no cluster is configured, or not properly. */
export async function openSession(choice: ClusterChoice): Promise<KubeSession> {
  const config = await loadKubeConfig(choice);
  const server = config.getCurrentCluster()?.server ?? '';
  if (!URL.canParse(server))
    throw new ClusterError(
      'kubeconfig-invalid',
      `the server ${JSON.stringify(server)} is no URL`,
      'https://HOST:PORT',
    );
  return {
    server,
    request: async (method, path, { headers, body, signal }) => {
      const options = await withCredentials(config);
      options.method = method;
      options.headers = { ...options.headers, ...headers, 'user-agent': 'kncompile' };
      if (signal) options.signal = signal;
      return await send(server, path, options, body);
    },
  };
}

async function withCredentials(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new ClusterError(
      'kubeconfig-invalid',
      `the credentials cannot be had: ${(error as Error).message}`,
    );
  }
  return options;
}

function send(
  server: string,
  path: string,
  options: RequestOptions,
  body: string | undefined,
): Promise<IncomingMessage> {
  const request = server.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(`${server}${path}`, options, resolve);
    sent.setTimeout(SILENCE, () => sent.destroy(new Error(`no answer within ${SILENCE / 1000} s`)));
    sent.on('error', (error) => reject(unreachable(server, error)));
    sent.end(body);
  });
}

function unreachable(server: string, error: Error & { code?: string }): ClusterError {
  return new ClusterError(
    'server-unreachable',
    `${server} cannot be reached: ${error.message || error.code}`,
  );
}
