/** Whole collections of objects, page by page, as raw JSON. */

import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawMapping } from '../raw.ts';
import { isMapping } from '../shape.ts';
import { ClusterError } from './cluster-error.ts';
import type { KubeApi } from './kube-api.ts';

export interface Resource {
  readonly kind: string;
  readonly apiVersion: string;
  /** As in the URL, which is also how permissions name it. */
  readonly plural: string;
  /** Whether a server may lack the kind: it is defined by a CRD. */
  readonly optional: boolean;
}

export interface List<T> {
  readonly items: readonly T[];
  /** Where a watch goes on; empty when the server lacks the kind. */
  readonly resourceVersion: string;
}

/** Small enough for one page to be parsed at once, large enough for few round trips. */
const PAGE = 500;

/** A list that expires while it is read is begun again, but not for ever. */
const ATTEMPTS = 5;

/** Asks for metadata alone, which is all that is wanted of some kinds. */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Path of all objects of a kind, in every namespace. */
export function collectionPath({ apiVersion, plural }: Resource): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}/${plural}` : `/api/${apiVersion}/${plural}`;
}

/**
 * Lists all objects of a kind, in all namespaces. Each is projected while its page is read, so that the raw pages of a
 * large cluster are never in memory together.
 * @throws ClusterError when the server refuses or fails.
 */
export async function listAll<T>(
  api: KubeApi,
  resource: Resource,
  project: (raw: RawMapping) => T,
  accept?: string,
): Promise<List<T>> {
  for (let attempt = 1; ; attempt++) {
    const list = await listOnce(api, resource, project, accept);
    if (list !== 'expired') return list;
    if (attempt === ATTEMPTS) {
      throw new ClusterError('server-failed', `listing ${resource.plural} expired ${ATTEMPTS} times`);
    }
  }
}

async function listOnce<T>(
  api: KubeApi,
  resource: Resource,
  project: (raw: RawMapping) => T,
  accept: string | undefined,
): Promise<List<T> | 'expired'> {
  const { kind, apiVersion } = resource;
  const items: T[] = [];
  const ask = (token: string): Promise<Answer> => {
    const query = new URLSearchParams({ limit: String(PAGE), ...(token && { continue: token }) });
    return getPatiently(api, `${collectionPath(resource)}?${query}`, accept);
  };
  for (let answer = ask(''); ; ) {
    const { status, body } = await answer;
    if (status === 410) return 'expired';
    if (status === 404 && resource.optional) return { items: [], resourceVersion: '' };
    if (status !== 200) throw refusal(status, body, resource);
    const page = parsePage(body, resource);
    // The server works on the next page while this one is projected.
    if (page.token !== '') answer = ask(page.token);
    // Awaited in the next turn, or by nobody where `project` throws.
    answer.catch(() => undefined);
    for (const item of page.items) items.push(project({ ...item, kind, apiVersion }));
    if (page.token === '') return { items, resourceVersion: page.resourceVersion };
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A server that is busy says when to come back. */
async function getPatiently(api: KubeApi, path: string, accept: string | undefined): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const response = await api.get(path, accept === undefined ? {} : { accept });
    const status = response.statusCode ?? 0;
    const body = await readBody(response, api);
    if ((status !== 429 && status !== 503) || attempt === ATTEMPTS) return { status, body };
    await sleep(Math.min(Number(response.headers['retry-after']) || 1, 10) * 1000);
  }
}

async function readBody(response: Parameters<typeof text>[0], api: KubeApi): Promise<string> {
  try {
    return await text(response);
  } catch (error) {
    throw new ClusterError('server-unreachable', `${api.server} broke off: ${(error as Error).message}`);
  }
}

interface Page {
  readonly items: readonly RawMapping[];
  readonly token: string;
  readonly resourceVersion: string;
}

function parsePage(body: string, { plural }: Resource): Page {
  const raw = parseJson(body);
  if (!isMapping(raw) || !Array.isArray(raw['items'] ?? [])) {
    throw new ClusterError(
      'server-failed',
      `the answer to listing ${plural} is no list`,
      'a Kubernetes API server',
    );
  }
  const metadata = isMapping(raw['metadata']) ? raw['metadata'] : {};
  return {
    items: ((raw['items'] ?? []) as unknown[]).filter(isMapping),
    token: textOf(metadata['continue']),
    resourceVersion: textOf(metadata['resourceVersion']),
  };
}

function refusal(status: number, body: string, { plural, apiVersion }: Resource): ClusterError {
  const raw = parseJson(body);
  const reason = isMapping(raw) ? textOf(raw['message']) : '';
  const said = reason === '' ? `status ${status}` : reason;
  if (status === 401) {
    return new ClusterError(
      'server-refused',
      `the server does not accept the credentials: ${said}`,
      'a valid login',
    );
  }
  if (status === 403) {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : 'the core group';
    return new ClusterError(
      'server-forbids',
      `listing ${plural} is forbidden: ${said}`,
      `permission to list ${plural} of ${group} in all namespaces`,
    );
  }
  return new ClusterError('server-failed', `listing ${plural} fails: ${said}`);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
