/** Where packets enter the judgement: the chains at the kernel's hooks. */
import { dnsRulesForNode } from './dns.ts';
import type { Chain, ChainRule } from './ir.ts';
import type { ProgramOptions } from './program.ts';
import { ACCEPT, call, DROP, ICMP, ICMPV6, IS_REPLY, rule, to } from './rule-words.ts';

/** Of linux/netfilter_ipv4.h; nft knows it by this name. */
export const MANGLE = -150;

/** Before the rules of others who mark and classify: they shall see no packet that is denied, and no priority of ours. */
const JUDGED = MANGLE - 1;

/** Behind the table `security` of xtables: iptables-legacy has it at 50 (linux/netfilter_ipv4.h), iptables-nft at 150. */
const AFTER_XTABLES = 151;

/** In the hook `input` IPVS takes its packets at 98 and 99 (ip_vs_ops4): what is left is for the node. */
const AFTER_IPVS = 100;

const RELATED = rule(
  { kind: 'ct-state', state: 'related' },
  { kind: 'l4proto', protocols: [ICMP, ICMPV6] },
  ACCEPT,
); // S45

const BOTH_WAYS = [RELATED, rule(IS_REPLY, to('reply')), rule(to('original'))];

const FORWARD: Chain = {
  name: 'forward',
  hook: { hook: 'forward', priority: JUDGED },
  rules: [rule(call('gate')), ...BOTH_WAYS],
};

const TO_NODE = [
  rule({ kind: 'in-interface', name: 'lo' }, ACCEPT), // the node to itself
  rule(call('gate')),
  RELATED,
  rule(IS_REPLY, ACCEPT), // S41, S45: what the node began
  rule(to('to_node')),
];

const INPUT: Chain = { name: 'input', hook: { hook: 'input', priority: JUDGED }, rules: TO_NODE };

/**
 * Service traffic under IPVS passes `input` with the service's address; there IPVS takes it, writes the pod's address
 * into it and sends it on through `output`; only its replies pass `forward`. So pods' traffic to their node is judged behind
 * IPVS, under another name because a base chain cannot move, and service traffic in `output`.
 */
const withIpvs = (dns: readonly ChainRule[]): readonly Chain[] => [
  FORWARD,
  { name: 'late_input', hook: { hook: 'input', priority: AFTER_IPVS }, rules: TO_NODE },
  {
    name: 'output',
    hook: { hook: 'output', priority: JUDGED },
    rules: [
      ...dns,
      rule({ kind: 'local-socket' }, ACCEPT), // S41: nearly all that the node sends ends here
      rule(call('gate')),
      rule({ kind: 'local-source' }, ACCEPT), // S41: what its kernel sends: resets, ICMP errors, tunnels
      ...BOTH_WAYS,
    ],
  },
];

/** The chains at the hooks. One that is no longer among them stays in the kernel without rules (Transaction). */
export function baseChains(
  present: ReadonlySet<string>,
  options: Pick<ProgramOptions, 'ipvs' | 'queueVia' | 'queueMark' | 'failOpen'>,
): readonly Chain[] {
  const dns = dnsRulesForNode(present);
  if (options.ipvs) return withIpvs(dns);
  const judging = dns.length > 0 ? [FORWARD, INPUT, outputWith(dns)] : [FORWARD, INPUT];
  const isGuarded = options.queueVia === 'mark' && !options.failOpen;
  return isGuarded ? [...judging, ...GUARDED.map((hook) => guard(hook, options.queueMark))] : judging;
}

const GUARDED = ['forward', 'input'] as const;

/**
 * The xtables rules take the mark off whatever they queue. A packet that still has it behind them has not met them:
 * somebody has taken them away. It shall not pass for that.
 */
function guard(hook: (typeof GUARDED)[number], queueMark: number): Chain {
  return {
    name: `unqueued_${hook}`,
    hook: { hook, priority: AFTER_XTABLES },
    rules: [rule({ kind: 'packet-mark', bits: queueMark }, { kind: 'counter' }, DROP)],
  };
}

function outputWith(rules: readonly ChainRule[]): Chain {
  return { name: 'output', hook: { hook: 'output', priority: JUDGED }, rules };
}
