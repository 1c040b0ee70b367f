/** A cluster that an agent can watch, driven by a test: the server of these tests, or a real one. */
import type { Manifest } from '../api-server/store.ts';

export interface Cluster {
  /** Starts serving on loopback; resolves with a kubeconfig when the server answers. */
  start(): Promise<string>;
  /** Creates or replaces an object; resolves with the version of the change. */
  put(manifest: Manifest): Promise<number>;
  remove(kind: string, name: string, namespace: string): Promise<void>;
  /** How many objects of a kind there are. */
  count(kind: string): Promise<number>;
  /** Takes the server away, with all connections; `back` brings it again with what it held. */
  away(): Promise<void>;
  back(): Promise<void>;
  stop(): Promise<void>;
}

/** What only the server of these tests can be made to do. */
export interface Unreliable {
  /** All connections stay, and nothing comes any more. */
  stick(): void;
  /** Ends every connection without a word. */
  disconnect(): void;
  /** Forgets its history: every watch that starts again gets 410. */
  compact(): void;
}
