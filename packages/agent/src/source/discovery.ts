import { text } from 'node:stream/consumers';
import type { KubeApi, Resource } from '@kncompile/compiler';
import { mappingOf, parseJson, type RawObject } from './raw-object.ts';

/**
 * Whether the server has the kind, by its own account. A mere 404 may also come from whatever stands in front of a
 * server, or from one that is just starting.
 * @throws Error when the answer is none that an API server gives.
 */
export async function isServed(api: KubeApi, resource: Resource): Promise<boolean> {
  const version = await ask(api, `/apis/${resource.apiVersion}`);
  if (version.status === 200 && version.body['kind'] === 'APIResourceList') {
    return namesOf(version.body['resources'], 'name').includes(resource.plural);
  }
  const groups = await ask(api, '/apis');
  const [group] = resource.apiVersion.split('/') as [string];
  const isAbout = groups.status === 200 && groups.body['kind'] === 'APIGroupList';
  if (!isAbout || version.status !== 404) {
    throw new Error(`the server does not say whether it has ${resource.plural}`);
  }
  if (!namesOf(groups.body['groups'], 'name').includes(group)) return false;
  const own = (groups.body['groups'] as unknown[]).map(mappingOf).find(({ name }) => name === group);
  return namesOf(own?.['versions'], 'groupVersion').includes(resource.apiVersion);
}

async function ask(api: KubeApi, path: string): Promise<{ status: number; body: RawObject }> {
  const response = await api.get(path);
  return { status: response.statusCode ?? 0, body: mappingOf(parseJson(await text(response))) };
}

function namesOf(list: unknown, field: string): readonly unknown[] {
  return Array.isArray(list) ? list.map((item) => mappingOf(item)[field]) : [];
}
