import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESOURCES, type Resource } from '@kncompile/compiler';
import type { Manifest } from '../api-server/store.ts';

/** Kinds whose status is written through a path of its own. */
const WITH_STATUS = new Set(['Pod', 'Node']);

const PATIENCE_MS = 60_000;

interface Response {
  readonly status: number;
  readonly body: string;
}

/** Writes to an API server over TLS, whose certificate is not looked at. */
export class ApiClient {
  readonly #port: number;
  readonly #token: string;

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** Resolves when the server says that it is ready. */
  async ready(): Promise<void> {
    await this.#until('the server is ready', async () => (await this.#ask('GET', '/readyz')).status === 200);
  }

  /** Resolves when the kind is served. */
  async serves(resource: Resource): Promise<void> {
    const path = collectionOf(resource, '');
    await this.#until(
      `${resource.plural} are served`,
      async () => (await this.#ask('GET', path)).status === 200,
    );
  }

  async create(path: string, object: object): Promise<void> {
    expect(await this.#ask('POST', path, object), [200, 201, 409]);
  }

  /** Creates or replaces an object, with its status; resolves with its version then. */
  async put(manifest: Manifest): Promise<number> {
    const { kind, metadata, status } = manifest;
    const collection = collectionOf(resourceOf(kind), metadata.namespace ?? '');
    const path = `${collection}/${metadata.name}`;
    const created = await this.#ask('POST', collection, manifest);
    let stored: Manifest;
    if (created.status === 409) {
      const found = objectIn(await this.#ask('GET', path), 200);
      const { resourceVersion } = found.metadata;
      // A pod's specification is fixed: only its labels may change.
      const wanted = kind === 'Pod' ? { ...found, metadata: { ...found.metadata, ...metadata } } : manifest;
      const update = { ...wanted, metadata: { ...wanted.metadata, resourceVersion } };
      stored = objectIn(await this.#ask('PUT', path, update), 200);
    } else stored = objectIn(created, 201);
    if (WITH_STATUS.has(kind) && status !== undefined)
      stored = objectIn(await this.#ask('PUT', `${path}/status`, { ...stored, status }), 200);
    return Number(stored.metadata.resourceVersion);
  }

  async remove(kind: string, name: string, namespace: string): Promise<void> {
    const path = `${collectionOf(resourceOf(kind), namespace)}/${name}`;
    expect(await this.#ask('DELETE', path, { gracePeriodSeconds: 0 }), [200, 202, 404]);
  }

  async count(kind: string): Promise<number> {
    const list = expect(await this.#ask('GET', collectionOf(resourceOf(kind), '')), [200]);
    return (JSON.parse(list) as { readonly items: readonly unknown[] }).items.length;
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await condition().catch(() => false))) {
      if (performance.now() > deadline) throw new Error(`never came: ${what}`);
      await sleep(200);
    }
  }

  #ask(method: string, path: string, body?: object): Promise<Response> {
    return new Promise((resolve, reject) => {
      const sentBody = body && JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        // Node frames the body of no DELETE by itself.
        ...(sentBody && { 'content-length': Buffer.byteLength(sentBody) }),
      };
      const options = {
        host: '127.0.0.1',
        port: this.#port,
        path,
        method,
        headers,
        rejectUnauthorized: false,
      };
      const sent = request(options, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      });
      sent.on('error', reject);
      sent.end(sentBody);
    });
  }
}

function expect({ status, body }: Response, statuses: readonly number[]): string {
  if (!statuses.includes(status)) throw new Error(`the server answers ${status}: ${body}`);
  return body;
}

function objectIn(response: Response, status: number): Manifest {
  return JSON.parse(expect(response, [status])) as Manifest;
}

function resourceOf(kind: string): Resource {
  const resource = RESOURCES.find((each) => each.kind === kind);
  if (!resource) throw new Error(`no resource for ${kind}`);
  return resource;
}

function collectionOf({ apiVersion, plural }: Resource, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}
