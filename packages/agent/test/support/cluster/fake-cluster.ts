import { ApiServer } from '../api-server/server.ts';
import type { Manifest } from '../api-server/store.ts';
import type { Cluster, Unreliable } from './cluster.ts';

/** The server of these tests, with the CRDs of every kind. */
export class FakeCluster implements Cluster, Unreliable {
  readonly #server = new ApiServer();

  async start(): Promise<string> {
    for (const kind of ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'])
      this.#server.store.install(kind);
    await this.#server.start();
    return this.#server.kubeconfig();
  }

  async put(manifest: Manifest): Promise<number> {
    this.#server.store.set(manifest);
    return this.#server.store.revision;
  }

  async remove(kind: string, name: string, namespace: string): Promise<void> {
    this.#server.store.delete(kind, name, namespace);
  }

  async count(kind: string): Promise<number> {
    return this.#server.store.all(kind).length;
  }

  away(): Promise<void> {
    return this.#server.stop();
  }

  back(): Promise<void> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  stick(): void {
    this.#server.watches.stick();
  }

  disconnect(): void {
    this.#server.watches.disconnect();
  }

  compact(): void {
    this.#server.store.compact();
  }
}
