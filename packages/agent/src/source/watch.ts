/** One watch request: a stream of JSON lines, each a change of one object. */
import type { IncomingMessage } from 'node:http';
import { collectionPath, type KubeApi, type Resource } from '@kncompile/compiler';
import { LineCutter } from './lines.ts';
import { isMapping, mappingOf, parseJson, type RawObject } from './raw-object.ts';
import type { Timing } from './timing.ts';

export interface WatchEvent {
  readonly type: 'put' | 'gone' | 'bookmark';
  readonly object: RawObject;
  /** Where a later watch goes on after this event. */
  readonly resourceVersion: string;
}

/**
 * Why a watch ended early. `expired`: the server cannot go on from this resource version. `absent`: it does not have
 * the kind. `garbled`: what it sent makes no sense. `refused`: it does not want to now.
 */
export class WatchFailure extends Error {
  readonly reason: 'expired' | 'absent' | 'garbled' | 'refused';
  /** The server asks for at least this pause, in milliseconds. */
  readonly retryAfter: number;

  constructor(reason: WatchFailure['reason'], message: string, retryAfter = 0) {
    super(message);
    this.name = 'WatchFailure';
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** Far above what an API server stores in one object (1.5 MiB in etcd). */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Of a refusal as much is read as a message needs. */
const LONGEST_REFUSAL = 4096;

/** The kernel's own probes find a dead peer within half a minute, where it answers nothing at all. */
const KEEPALIVE_DELAY = 15_000;

export interface WatchOptions {
  readonly api: KubeApi;
  readonly resource: Resource;
  readonly from: string;
  readonly timing: Timing;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** The server has taken the request. */
  readonly opened: () => void;
  /** Bytes came. */
  readonly heard: () => void;
  readonly event: (event: WatchEvent) => void;
}

/**
 * Watches until the server ends the stream, which it does after `timing.watch` to twice that.
 * @throws WatchFailure, ClusterError, or an error of the connection.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { api, resource, from, timing, random, signal } = options;
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(Math.ceil((timing.watch * (1 + random())) / 1000)),
  });
  const response = await api.get(`${collectionPath(resource)}?${query}`, { signal });
  const silence = watchSilence(response, timing.silence);
  try {
    if (response.statusCode !== 200) throw await refusal(response, resource);
    options.opened();
    const cutter = new LineCutter(LONGEST_LINE);
    for await (const chunk of response) {
      silence.refresh();
      options.heard();
      for (const line of cut(cutter, chunk as Buffer)) if (line !== '') options.event(readEvent(line));
    }
  } finally {
    clearTimeout(silence);
    response.destroy();
  }
}

/** The API's own limit on silence is for answers; a watch is silent for longer. */
function watchSilence(response: IncomingMessage, limit: number): NodeJS.Timeout {
  const socket: IncomingMessage['socket'] | null = response.socket;
  socket?.setTimeout(0);
  socket?.setKeepAlive(true, KEEPALIVE_DELAY);
  return setTimeout(() => response.destroy(new Error(`nothing came for ${limit / 1000} s`)), limit);
}

function cut(cutter: LineCutter, chunk: Buffer): readonly string[] {
  try {
    return cutter.push(chunk);
  } catch (error) {
    throw new WatchFailure('garbled', (error as Error).message);
  }
}

/** @throws WatchFailure for an ERROR event, and for what is no event. */
function readEvent(line: string): WatchEvent {
  const event = parseJson(line);
  if (!isMapping(event) || !isMapping(event['object'])) {
    throw new WatchFailure('garbled', 'a line of the watch is no event');
  }
  const { object } = event;
  if (event['type'] === 'ERROR') throw failureOf(Number(object['code']), String(object['message']), 0);
  const type = TYPES.get(String(event['type']));
  const resourceVersion = mappingOf(object['metadata'])['resourceVersion'];
  if (!type || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new WatchFailure('garbled', 'an event of the watch has no known type or no resourceVersion');
  }
  return { type, object, resourceVersion };
}

const TYPES: ReadonlyMap<string, WatchEvent['type']> = new Map([
  ['ADDED', 'put'],
  ['MODIFIED', 'put'],
  ['DELETED', 'gone'],
  ['BOOKMARK', 'bookmark'],
]);

async function refusal(response: IncomingMessage, { plural }: Resource): Promise<WatchFailure> {
  let body = '';
  for await (const chunk of response) {
    body += chunk;
    if (body.length > LONGEST_REFUSAL) break;
  }
  const status = response.statusCode ?? 0;
  const said = mappingOf(parseJson(body))['message'];
  const message = typeof said === 'string' ? said : `status ${status}`;
  return failureOf(status, `watching ${plural}: ${message}`, Number(response.headers['retry-after']) || 0);
}

/** 400 is how a server says that a resource version is none of its own. */
const REASONS: ReadonlyMap<number, WatchFailure['reason']> = new Map([
  [400, 'expired'],
  [404, 'absent'],
  [410, 'expired'],
]);

function failureOf(status: number, message: string, retryAfterSeconds: number): WatchFailure {
  const reason = REASONS.get(status) ?? 'refused';
  return new WatchFailure(reason, message, retryAfterSeconds * 1000);
}
