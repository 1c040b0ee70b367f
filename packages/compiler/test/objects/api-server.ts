/** A little API server: lists with pages, and whatever failure a test wants. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ApiServer {
  readonly url: string;
  /** Path with query and media type of every request so far. */
  readonly requests: { readonly path: string; readonly accept: string; readonly authorization: string }[];
}

export interface Collections {
  /** Path of a collection -> its items. Others are not found. */
  readonly [path: string]: readonly object[];
}

/** Answers before the collections do; true when it did. */
export type Intercept = (url: URL, response: ServerResponse, request: IncomingMessage) => boolean;

/** The collections that every cluster has. */
export const EMPTY_CLUSTER: Collections = {
  '/api/v1/namespaces': [],
  '/api/v1/nodes': [],
  '/api/v1/pods': [],
  '/apis/networking.k8s.io/v1/networkpolicies': [],
  '/apis/apps/v1/replicasets': [],
  '/apis/batch/v1/jobs': [],
};

export function answer(response: ServerResponse, status: number, body: unknown, headers = {}): true {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}

export async function withApiServer<T>(
  collections: Collections,
  use: (server: ApiServer) => Promise<T>,
  intercept: Intercept = () => false,
): Promise<T> {
  const requests: ApiServer['requests'] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    const { accept = '', authorization = '' } = request.headers;
    requests.push({ path: request.url ?? '', accept, authorization });
    if (intercept(url, response, request)) return;
    const items = collections[url.pathname];
    if (!items) answer(response, 404, { kind: 'Status', message: 'the server could not find the resource' });
    else answer(response, 200, page(items, url.searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Items as the API server gives them: without kind and apiVersion. */
function page(items: readonly object[], query: URLSearchParams): object {
  const start = Number(query.get('continue') ?? 0);
  const end = start + Number(query.get('limit') ?? items.length);
  return {
    kind: 'WhateverList',
    metadata: { resourceVersion: '42', ...(end < items.length && { continue: String(end) }) },
    items: items.slice(start, end),
  };
}
