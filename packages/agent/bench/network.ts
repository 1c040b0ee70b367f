/** A node between two pods, in network namespaces: the server lives on the node, the client on another. */
import { spawnSync } from 'node:child_process';
import type { Address } from '@kncompile/compiler';
import { createNetwork, deleteNetwork, netnsName } from '@kncompile/compiler/test/support/lab/namespaces.ts';
import { ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';

export const CLIENT = '10.200.0.2' as Address;
export const SERVER = '10.200.0.1' as Address;
/** The server listens on the first; the policy of the benchmarks allows both. */
export const PORTS = [9000, 9002] as const;

const ENDPOINTS = [
  site('node', 'own node', ROUTER, '172.31.0.1', 'fd01::1'),
  site('bench/server', 'local pod', 'server', SERVER, 'fd00:200::1'),
  site('bench/client', 'remote pod', 'client', CLIENT, 'fd00:200::2'),
];

/** Long enough for every entry to live through its measurement, or short enough for none to be in the way of the next. */
const TIMEOUTS = { udp_timeout: 3600, tcp_timeout_close: 1 } as const;

export interface Network {
  /** Names of network namespaces. */
  readonly node: string;
  readonly client: string;
  readonly server: string;
  close(): void;
}

let networks = 0;

/** Ends with `close`, or with the process. */
export function openNetwork(): Network {
  const run = `kn${process.pid}-${networks++}`;
  const close = (): void => deleteNetwork(run);
  process.once('exit', close);
  createNetwork(run, ENDPOINTS);
  const network = {
    node: netnsName(run, ROUTER),
    client: netnsName(run, 'client'),
    server: netnsName(run, 'server'),
  };
  for (const [name, seconds] of Object.entries(TIMEOUTS))
    inside(network.node, 'sysctl', ['-qw', `net.netfilter.nf_conntrack_${name}=${seconds}`]);
  return {
    ...network,
    close: () => {
      process.off('exit', close);
      close();
    },
  };
}

/** Runs a command in a network namespace, and returns its stdout; throws with its stderr when it fails. */
export function inside(netns: string, command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync('ip', ['netns', 'exec', netns, command, ...args], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** The file of a network namespace. */
export function fileOf(netns: string): string {
  return `/var/run/netns/${netns}`;
}

function site(
  name: string,
  kind: 'own node' | 'local pod' | 'remote pod',
  where: string,
  four: string,
  six: string,
) {
  return { name, kind, site: where, addresses: { 4: four as Address, 6: six as Address } };
}
