/** The writes that agents may make: events, and conditions of policies. As strict as the API's own validation. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { collectionPath, RESOURCES, type Resource } from '@kncompile/compiler';
import { isMapping, mappingOf, parseJson, type RawObject } from '../../../src/source/raw-object.ts';
import { answer, answerStatus } from './answers.ts';
import type { Manifest, Store } from './store.ts';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const CONDITION_FIELDS = ['lastTransitionTime', 'message', 'observedGeneration', 'reason', 'status', 'type'];

export async function answerWrite(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  store: Store,
): Promise<void> {
  const body = parseJson(await text(request));
  const type = request.headers['content-type'];
  const events = /^\/api\/v1\/namespaces\/([^/]+)\/events$/.exec(url.pathname);
  const policy = policyAt(url.pathname);
  if (!isMapping(body)) answerStatus(response, 400, 'the body is no JSON object');
  else if (events && request.method === 'POST') {
    if (type !== 'application/json') answerStatus(response, 415, `${type} cannot be created`);
    else createEvent(response, decodeURIComponent(events[1] as string), body, store);
  } else if (policy && request.method === 'PATCH') {
    if (type !== 'application/merge-patch+json') answerStatus(response, 415, `${type} is no merge patch`);
    else patchStatus(response, policy.resource, policy.name, body, store);
  } else answerStatus(response, 405, `${request.method} ${url.pathname} is not allowed`);
}

function policyAt(path: string): { resource: Resource; name: string } | undefined {
  const resource = RESOURCES.filter(({ optional }) => optional).find((each) =>
    path.startsWith(`${collectionPath(each)}/`),
  );
  const [name, subresource, ...rest] = resource
    ? path.slice(collectionPath(resource).length + 1).split('/')
    : [];
  if (!resource || !name || subresource !== 'status' || rest.length > 0) return undefined;
  return { resource, name: decodeURIComponent(name) };
}

function createEvent(response: ServerResponse, namespace: string, event: RawObject, store: Store): void {
  const { name, namespace: own } = mappingOf(event['metadata']);
  const about = mappingOf(event['involvedObject']);
  const message = event['message'];
  const wrong = [
    (typeof name !== 'string' || name.length > 253 || !NAME.test(name)) && 'metadata.name',
    own !== namespace && 'metadata.namespace',
    (about['namespace'] ?? 'default') !== namespace && 'involvedObject.namespace',
    (typeof about['name'] !== 'string' || typeof about['kind'] !== 'string') && 'involvedObject',
    (typeof message !== 'string' || Buffer.byteLength(message) > 1024) && 'message',
    typeof event['reason'] !== 'string' && 'reason',
    !['Normal', 'Warning'].includes(String(event['type'])) && 'type',
    (!TIME.test(String(event['firstTimestamp'])) || !TIME.test(String(event['lastTimestamp']))) &&
      'timestamps',
  ].filter(Boolean);
  if (wrong.length > 0) answerStatus(response, 422, `Event is invalid: ${wrong.join(', ')}`);
  else if (store.get('Event', name as string, namespace))
    answerStatus(response, 409, `events "${name}" already exists`);
  else {
    store.set(event as unknown as Manifest);
    answer(response, 201, store.get('Event', name as string, namespace));
  }
}

function patchStatus(
  response: ServerResponse,
  { kind, plural }: Resource,
  name: string,
  patch: RawObject,
  store: Store,
): void {
  const object = store.get(kind, name);
  const { resourceVersion, ...otherMetadata } = mappingOf(patch['metadata']);
  const { conditions, ...otherStatus } = mappingOf(patch['status']);
  const others = [...Object.keys(patch).filter((key) => key !== 'metadata' && key !== 'status')];
  const extra = [...others, ...Object.keys(otherMetadata), ...Object.keys(otherStatus)];
  const wrong = wrongConditions(conditions);
  if (!object) answerStatus(response, 404, `${plural} "${name}" not found`);
  else if (extra.length > 0) answerStatus(response, 422, `${extra.join(', ')}: not for agents to write`);
  else if (typeof resourceVersion !== 'string') answerStatus(response, 422, 'resourceVersion is missing');
  else if (resourceVersion !== object.metadata.resourceVersion)
    answerStatus(response, 409, `Operation cannot be fulfilled on ${plural} "${name}": it has been modified`);
  else if (wrong !== undefined) answerStatus(response, 422, `status.conditions: ${wrong}`);
  else answer(response, 200, store.setStatus(object, { conditions }));
}

/** What the CRDs do not take. */
function wrongConditions(conditions: unknown): string | undefined {
  if (!Array.isArray(conditions)) return 'Required value';
  const types = conditions.map((each) => mappingOf(each)['type']);
  if (new Set(types).size < types.length) return 'Duplicate value';
  return conditions.map((each) => wrongFieldOf(mappingOf(each))).find((wrong) => wrong !== undefined);
}

function wrongFieldOf(condition: RawObject): string | undefined {
  const { type, status, reason, message, observedGeneration = 0, lastTransitionTime } = condition;
  const unknown = Object.keys(condition).find((field) => !CONDITION_FIELDS.includes(field));
  if (unknown !== undefined) return `unknown field ${unknown}`;
  if (typeof type !== 'string' || type === '') return 'type';
  if (!['True', 'False', 'Unknown'].includes(String(status))) return 'status';
  if (typeof reason !== 'string' || !REASON.test(reason)) return 'reason';
  if (typeof message !== 'string' || message.length > 32_768) return 'message';
  if (!Number.isInteger(observedGeneration) || Number(observedGeneration) < 0) return 'observedGeneration';
  return TIME.test(String(lastTransitionTime)) ? undefined : 'lastTransitionTime';
}
