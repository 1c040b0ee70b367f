import { type Finding, finding, someOf } from './finding.ts';
import type { NodeFiles } from './node-files.ts';

const DEVICES = '/sys/class/net';
const SYSCTLS = '/proc/sys/net/bridge';

/** The two families' switches: of all bridges as sysctls, of one bridge in its folder. */
const SWITCHES = [
  { family: 'IPv4', all: 'bridge-nf-call-iptables', one: 'nf_call_iptables' },
  { family: 'IPv6', all: 'bridge-nf-call-ip6tables', one: 'nf_call_ip6tables' },
] as const;

/**
 * Bridges that carry packets from pod to pod past the hook `forward`: a bridged packet meets it only where br_netfilter
 * hands it over (br_nf_hook_ops). Ports that look like pods are the ends of veth pairs.
 */
export function bridgeFindings(files: NodeFiles): readonly Finding[] {
  const bridges = files.list(DEVICES).filter((device) => bridgesPods(device, files));
  return SWITCHES.flatMap(({ family, all, one }) => {
    const isLoaded = files.read(`${SYSCTLS}/${all}`) !== undefined;
    const past = bridges.filter(
      (bridge) =>
        !(
          isOn(files, `${SYSCTLS}/${all}`) ||
          (isLoaded && isOn(files, `${DEVICES}/${bridge}/bridge/${one}`))
        ),
    );
    if (past.length === 0) return [];
    const why = isLoaded ? `${all} is 0` : 'br_netfilter is not loaded';
    return [
      finding(
        'bridge-without-netfilter',
        `${family} packets between the ports of a bridge are not judged, because ${why}: ${someOf(past)}`,
      ),
    ];
  });
}

/** With one port there is nobody to talk to past the node. */
function bridgesPods(device: string, files: NodeFiles): boolean {
  const ports = files.list(`${DEVICES}/${device}/brif`);
  return ports.length > 1 && ports.some((port) => isVeth(port, files));
}

/** A veth has its other end as lower device; VLANs and others have one too, but a DEVTYPE besides. */
function isVeth(device: string, files: NodeFiles): boolean {
  const of = (file: string): string | undefined => files.read(`${DEVICES}/${device}/${file}`)?.trim();
  return of('iflink') !== of('ifindex') && !/^DEVTYPE=/m.test(of('uevent') ?? '');
}

function isOn(files: NodeFiles, path: string): boolean {
  const value = files.read(path)?.trim();
  return value !== undefined && value !== '0';
}
