/** The only requests of the agent that change anything in the cluster. */
import { text } from 'node:stream/consumers';
import { collectionPath, type KubeSession } from '@kncompile/compiler';
import { mappingOf, parseJson } from '../source/raw-object.ts';
import type { KubeEvent } from './event.ts';
import type { Observed } from './observed.ts';

/** Milliseconds, answer included. */
const LONGEST_ANSWER = 10_000;

export interface Reply {
  readonly status: number;
  /** What the server says about a refusal. */
  readonly message: string;
  /** The server asks for at least this pause, in milliseconds. */
  readonly retryAfter: number;
}

export class StatusApi {
  readonly #session: KubeSession;

  constructor(session: KubeSession) {
    this.#session = session;
  }

  /** @throws Error when there is no answer */
  async createEvent({ namespace, body }: KubeEvent, signal: AbortSignal): Promise<Reply> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    return await this.#send('POST', path, 'application/json', body, signal);
  }

  /** Only while the policy is as it was observed, else the reply is 409. @throws Error when there is no answer */
  async setConditions(
    { id, resource, resourceVersion }: Observed,
    conditions: readonly object[],
    signal: AbortSignal,
  ): Promise<Reply> {
    const path = `${collectionPath(resource)}/${encodeURIComponent(id.name)}/status`;
    const patch = { metadata: { resourceVersion }, status: { conditions } };
    return await this.#send('PATCH', path, 'application/merge-patch+json', patch, signal);
  }

  async #send(
    method: 'POST' | 'PATCH',
    path: string,
    type: string,
    content: object,
    signal: AbortSignal,
  ): Promise<Reply> {
    const body = JSON.stringify(content);
    const response = await this.#session.request(method, `${path}?fieldManager=kncompile`, {
      headers: {
        accept: 'application/json',
        'content-type': type,
        'content-length': String(Buffer.byteLength(body)),
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_ANSWER)]),
    });
    const status = response.statusCode ?? 0;
    const said = mappingOf(parseJson(await text(response)))['message'];
    return {
      status,
      message: typeof said === 'string' ? said : `status ${status}`,
      retryAfter: (Number(response.headers['retry-after']) || 0) * 1000,
    };
  }
}
