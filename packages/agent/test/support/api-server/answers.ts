import type { ServerResponse } from 'node:http';
import { RESOURCES, type Resource } from '@kncompile/compiler';
import type { Manifest, Store } from './store.ts';

export function answer(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function statusOf(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
}

export function answerStatus(response: ServerResponse, code: number, message: string, headers = {}): void {
  answer(response, code, statusOf(code, message), headers);
}

/** A resource version as a client gives it back; undefined for what this server never gave. */
export function parseVersion(text: string | null): number | undefined {
  return text !== null && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

/** Lists that were begun: the following pages are of the same revision. */
export class Lists {
  readonly #store: Store;
  readonly #begun = new Map<string, { readonly revision: number; readonly items: readonly Manifest[] }>();

  constructor(store: Store) {
    this.#store = store;
  }

  answer(response: ServerResponse, { kind }: Resource, query: URLSearchParams): void {
    const token = query.get('continue');
    const [id = '', start = '0'] = token?.split('.') ?? [];
    const list = token === null ? this.#begin(kind) : this.#begun.get(id);
    if (!list || (token !== null && list.revision < this.#store.compacted)) {
      answerStatus(response, 410, 'The provided continue parameter is too old');
      return;
    }
    const end = Number(start) + Number(query.get('limit') ?? list.items.length);
    const more = end < list.items.length;
    if (more) this.#begun.set(`${kind}-${list.revision}`, list);
    answer(response, 200, {
      kind: `${kind}List`,
      apiVersion: 'v1',
      metadata: {
        resourceVersion: String(list.revision),
        ...(more && { continue: `${kind}-${list.revision}.${end}` }),
      },
      // Items of a list do not say what they are.
      items: list.items.slice(Number(start), end).map(({ kind: _, apiVersion: __, ...item }) => item),
    });
  }

  #begin(kind: string): { revision: number; items: readonly Manifest[] } {
    return { revision: this.#store.revision, items: this.#store.all(kind) };
  }
}

/** Which groups, versions and kinds there are; false when the path asks for something else. */
export function answerDiscovery(response: ServerResponse, path: string, store: Store): boolean {
  const served = RESOURCES.filter((resource) => resource.apiVersion.includes('/') && store.has(resource));
  if (path === '/apis') {
    const versions = Map.groupBy(new Set(served.map(({ apiVersion }) => apiVersion)), groupOf);
    answer(response, 200, {
      kind: 'APIGroupList',
      groups: [...versions].map(([name, all]) => ({
        name,
        versions: all.map((groupVersion) => ({ groupVersion })),
      })),
    });
    return true;
  }
  const match = /^\/apis\/([^/]+\/[^/]+)$/.exec(path);
  if (!match) return false;
  const own = served.filter(({ apiVersion }) => apiVersion === match[1]);
  if (own.length === 0) answer(response, 404, '404 page not found\n', { 'content-type': 'text/plain' });
  else
    answer(response, 200, {
      kind: 'APIResourceList',
      resources: own.map(({ plural }) => ({ name: plural })),
    });
  return true;
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/')[0] as string;
}
