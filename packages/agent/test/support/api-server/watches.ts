import type { ServerResponse } from 'node:http';
import type { Resource } from '@kncompile/compiler';
import { answerStatus, parseVersion, statusOf } from './answers.ts';
import type { Change, Store } from './store.ts';

interface Stream {
  readonly resource: Resource;
  readonly response: ServerResponse;
  readonly bookmarks: boolean;
  /** Gets nothing any more, and is not told: a half-open connection. */
  stuck: boolean;
  /** Bytes that wait to be sent, one small piece at a time. */
  slow: boolean;
}

/** The open watches, and everything that can go wrong with them. */
export class Watches {
  #expiry: 'status' | 'event' = 'status';
  readonly #store: Store;
  #slow = false;
  readonly #streams = new Set<Stream>();

  constructor(store: Store) {
    this.#store = store;
    store.onChange((change) => this.#send(change));
  }

  get open(): number {
    return this.#streams.size;
  }

  /** The plurals that are watched now. */
  watched(): readonly string[] {
    return [...this.#streams].map(({ resource }) => resource.plural).sort();
  }

  start(response: ServerResponse, resource: Resource, query: URLSearchParams): void {
    const from = parseVersion(query.get('resourceVersion'));
    if (from === undefined || query.get('timeoutSeconds') === null) {
      answerStatus(response, 400, 'invalid resourceVersion or timeoutSeconds');
      return;
    }
    if (from > this.#store.revision) {
      answerStatus(response, 504, 'Too large resource version');
      return;
    }
    const expired = from < this.#store.compacted;
    if (expired && this.#expiry === 'status') {
      answerStatus(response, 410, 'too old resource version');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (expired) {
      response.end(lineOf('ERROR', statusOf(410, 'too old resource version')));
      return;
    }
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const stream: Stream = { resource, response, bookmarks, stuck: false, slow: this.#slow };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    for (const change of this.#store.since(resource.kind, from))
      write(stream, lineOf(change.type, change.object));
  }

  /** Tells every watch how far it is. */
  bookmark(): void {
    const metadata = { resourceVersion: String(this.#store.revision) };
    for (const stream of this.#streams) {
      const { kind, apiVersion } = stream.resource;
      if (stream.bookmarks) write(stream, lineOf('BOOKMARK', { kind, apiVersion, metadata }));
    }
  }

  /** As a server ends watches that have lasted long enough. */
  end(): void {
    for (const { response } of this.#streams) response.end();
  }

  /** As a network does. */
  disconnect(): void {
    for (const { response } of this.#streams) response.destroy();
  }

  /** Half a line, and then the connection is gone. */
  cut(): void {
    for (const { response } of this.#streams) {
      response.write('{"type":"ADDED","object":{"metadata":{"name":"half', () => response.destroy());
    }
  }

  /** How a version that is too old is refused from now on: servers do either. */
  expireBy(expiry: 'status' | 'event'): void {
    this.#expiry = expiry;
  }

  /** Streams that begin from now on go out in pieces of a few bytes. */
  goSlow(): void {
    this.#slow = true;
  }

  /** The connections stay, and nothing comes any more. */
  stick(): void {
    for (const stream of this.#streams) stream.stuck = true;
  }

  /** Sends any text to the watches of a kind, or of all. */
  write(text: string, plural?: string): void {
    for (const stream of this.#streams) {
      if (plural === undefined || stream.resource.plural === plural) write(stream, text);
    }
  }

  #send({ type, kind, object }: Change): void {
    for (const stream of this.#streams)
      if (stream.resource.kind === kind) write(stream, lineOf(type, object));
  }
}

export function lineOf(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

const PIECE = 37;

/** A slow stream's pieces leave in order, because each write waits for its turn of the event loop in the same queue. */
function write(stream: Stream, text: string): void {
  if (stream.stuck || stream.response.destroyed || stream.response.writableEnded) return;
  if (!stream.slow) {
    stream.response.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    setImmediate(() => {
      if (!stream.response.destroyed && !stream.response.writableEnded) stream.response.write(piece);
    });
  }
}
