/** What of the node escapes the ruleset, or works worse than it should: every code in one place. */
import { printable } from '@kncompile/compiler';

/** `unenforced`: packets may pass unjudged. `degraded`: policies hold, but something is slower, stricter or blind. */
export type Effect = 'unenforced' | 'degraded';

export const FINDINGS = Object.freeze({
  'bridge-without-netfilter': {
    effect: 'unenforced',
    fix: 'load the kernel module br_netfilter, and set the sysctls net.bridge.bridge-nf-call-iptables and net.bridge.bridge-nf-call-ip6tables to 1',
  },
  'foreign-flowtable': {
    effect: 'unenforced',
    fix: 'take the offload of forwarded connections out of the program that made the flowtable',
  },
  'ipvs-not-judged': {
    effect: 'unenforced',
    fix: 'load the kernel module nft_fib_inet, or run kube-proxy in another mode',
  },
  'ipvs-direct': {
    effect: 'unenforced',
    fix: 'let the service forward by masquerading (ipvsadm -m), as kube-proxy does',
  },
  'ipvs-without-queue-statement': {
    effect: 'degraded',
    fix: "run a kernel with nft's queue statement (CONFIG_NFT_QUEUE), or kube-proxy in another mode",
  },
  'foreign-mark-writer': {
    effect: 'unenforced',
    fix: 'choose bits of the conntrack mark that nobody else writes (--ct-mark-mask)',
  },
  'ipvs-untracked': { effect: 'degraded', fix: 'set the sysctl net.ipv4.vs.conntrack to 1' },
  'no-queue-statement': { effect: 'degraded', fix: 'run a kernel with CONFIG_NFT_QUEUE' },
  'no-queue': {
    effect: 'degraded',
    fix: 'run a kernel with CONFIG_NFT_QUEUE, or install iptables with the target NFQUEUE',
  },
  'no-connection-marks': {
    effect: 'degraded',
    fix: 'load the kernel module nf_conntrack_netlink, or run a kernel with CONFIG_NETFILTER_NETLINK_GLUE_CT',
  },
  'no-conntrack-netlink': { effect: 'degraded', fix: 'load the kernel module nf_conntrack_netlink' },
} as const satisfies Readonly<Record<string, { readonly effect: Effect; readonly fix: string }>>);

/** Stable: the label `reason` of metrics, and what alerts are written against. */
export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly effect: Effect;
  /** What was found, for people. Names in it are printable. */
  readonly message: string;
  /** What the admin can do. */
  readonly fix: string;
}

export function finding(code: FindingCode, message: string): Finding {
  return Object.freeze({ code, message, ...FINDINGS[code] });
}

const NAMED = 5;

/** Names that others gave, a few of many. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map(printable).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
