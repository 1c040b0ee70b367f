/** What a new connection costs in the real table, beside a table whose only rule reads the state of the connection. */
import {
  type Cidr,
  Compiler,
  DEFAULT_OPTIONS,
  type ModelObject,
  parseCidr,
  parseObject,
  printTransaction,
} from '@kncompile/compiler';
import { quantile } from '../../../.ci/bench-report.ts';
import { LOCAL_NODE } from '../../compiler/bench/generate.ts';
import { LineProcess } from './line-process.ts';
import { clientPod, clusterManifests } from './manifests.ts';
import { fileOf, inside, type Network, openNetwork, PORTS, SERVER } from './network.ts';

const CONNTRACK_ALONE = `table inet conntrack_alone {
  chain forward {
    type filter hook forward priority mangle - 1
    ct state established,related accept
  }
}`;

const PODS = 1_000;
const BATCH = 200;

export interface ConnectionTimes {
  /** Undefined: conntrack alone. */
  readonly policies: number | undefined;
  /** From socket to close, microseconds. */
  readonly median: number;
  /** To conntrack alone, taken in each round. */
  readonly ratio: number;
}

/** Every table has a network of its own, so that the tables can take turns of a few milliseconds. */
export async function measureConnections(
  wire: string,
  policyCounts: readonly number[],
  rounds: number,
): Promise<readonly ConnectionTimes[]> {
  const variants: readonly (number | undefined)[] = [undefined, ...policyCounts];
  const networks: Network[] = [];
  try {
    for (const policies of variants) {
      const network = openNetwork();
      networks.push(network);
      inside(
        network.node,
        'nft',
        ['-f', '-'],
        policies === undefined ? CONNTRACK_ALONE : rulesetFor(policies),
      );
    }
    const namespaces = networks.flatMap(({ client, server }) => [fileOf(client), fileOf(server)]);
    const args = ['connect', rounds, BATCH, SERVER, PORTS[0]].map(String);
    const process = new LineProcess(networks[0]?.node ?? '', wire, [...args, ...namespaces]);
    const medians = JSON.parse(await process.hear()) as readonly (readonly number[])[];
    await process.end();
    return variants.map((policies, i) => {
      const own = medians[i] ?? [];
      const ratios = own.map((nanoseconds, round) => nanoseconds / (medians[0]?.[round] ?? Number.NaN));
      return { policies, median: quantile(own, 0.5) / 1000, ratio: quantile(ratios, 0.5) };
    });
  } finally {
    for (const network of networks) network.close();
  }
}

function rulesetFor(policies: number): string {
  const podCidrs = ['10.0.0.0/8', 'fd00::/16'].map((text) => (parseCidr(text) as { cidr: Cidr }).cidr);
  // Without the way to the queues that kernels need which lack nftables' queue statement: no packet here needs a queue.
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: LOCAL_NODE, podCidrs, queueVia: 'none' });
  for (const manifest of clusterManifests({ pods: PODS, policies }, 'bare')) compiler.set(objectOf(manifest));
  // Judged in both directions, which is the most that can happen to a connection.
  compiler.set(objectOf(clientPod('client', LOCAL_NODE)));
  return printTransaction(compiler.commit());
}

function objectOf(manifest: unknown): ModelObject {
  const { object, diagnostics } = parseObject(manifest);
  if (!object) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return object;
}
