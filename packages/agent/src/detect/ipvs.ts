import { type Finding, finding, someOf } from './finding.ts';
import type { NodeFiles } from './node-files.ts';

const SERVICES = '/proc/net/ip_vs';
const CONNTRACK = '/proc/sys/net/ipv4/vs/conntrack';

/**
 * Whether the kernel has IPVS loaded, with services or not: kube-proxy loads it before it makes them. The file is not
 * read: with thousands of services it is long, and this is asked every second.
 */
export function hasIpvs(files: NodeFiles): boolean {
  return files.has(SERVICES);
}

/** What of IPVS the ruleset cannot judge, or cannot judge well. `isMarked`: queued packets go by a mark, for want of the queue statement. */
export function ipvsFindings(files: NodeFiles, isMarked: boolean): readonly Finding[] {
  const listing = files.read(SERVICES);
  if (listing === undefined) return [];
  const direct = directServices(listing);
  return [
    ...(direct.length > 0
      ? [
          finding(
            'ipvs-direct',
            `services that IPVS forwards without writing the pod's address are judged by their own: ${someOf(direct)}`,
          ),
        ]
      : []),
    ...(isMarked
      ? [
          finding(
            'ipvs-without-queue-statement',
            'packets that need the agent are dropped (accepted with --fail-open): under IPVS the xtables rule that queues them stands before our hook',
          ),
        ]
      : []),
    ...(files.read(CONNTRACK)?.trim() === '0' && /^(TCP|UDP|SCTP|FWM) /m.test(listing)
      ? [
          finding(
            'ipvs-untracked',
            'IPVS keeps its connections from conntrack: each packet is judged alone, replies as if they began something',
          ),
        ]
      : []),
  ];
}

/** Services with a server that is reached otherwise than by masquerading, as ip_vs_info_seq_show writes them; on the node itself it is `Local`. */
function directServices(listing: string): readonly string[] {
  const services = new Set<string>();
  let service = '';
  for (const line of listing.split('\n')) {
    const server = /^ {2}-> +\S+ +(Masq|Local|Route|Tunnel|Bypass) /.exec(line);
    if (!server) service = line.trim();
    else if (server[1] !== 'Masq' && server[1] !== 'Local') services.add(service);
  }
  return [...services];
}
