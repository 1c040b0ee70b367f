/** How many rules a new connection's first packet passes, by the number of policies on the pods it concerns. */
import { compile } from '../../../src/compiler/compile.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { printRuleset } from '../../../src/nft/print.ts';
import { parseObject } from '../../../src/objects/parse.ts';
import type { Ruleset } from '../../../src/ruleset/ir.ts';
import { simulate } from '../../../src/ruleset/simulate.ts';
import { type Address, FAMILIES } from '../../../src/values/address.ts';
import { LAB_OPTIONS } from './enforce.ts';
import type { Lab } from './lab.ts';
import { readCluster } from './manifests.ts';
import { countRulesPassed } from './trace.ts';

/** Judged in both directions, in one, from outside, and not at all. */
const PAIRS = [
  ['shop/db', 'shop/cart'],
  ['shop/db', 'ops/prom'],
  ['partner', 'shop/db'],
  ['shop/db', 'stranger'],
  ['blog/cron', 'ops/plain'],
] as const;

interface UdpProbe {
  readonly protocol: 'UDP';
  readonly from: Address;
  readonly to: Address;
  readonly port: number;
}

export interface RulesPassed {
  readonly policies: number;
  /** One number per probe, in the same order. */
  readonly kernel: readonly number[];
  readonly simulator: readonly number[];
}

/** Counts in the lab's kernel and in the simulator. Needs a lab. */
export async function rulesPassed(lab: Lab, policyCounts: readonly number[]): Promise<RulesPassed[]> {
  const probes = PAIRS.flatMap(([source, destination]) =>
    FAMILIES.map((family) => ({
      protocol: 'UDP' as const,
      from: lab.endpoint(source).addresses[family],
      to: lab.endpoint(destination).addresses[family],
      port: 443,
    })),
  );
  const counts: RulesPassed[] = [];
  for (const policies of policyCounts) {
    const { ruleset } = compile([...readCluster(), ...makePolicies(policies)], LAB_OPTIONS);
    lab.reset();
    lab.nft(printRuleset(ruleset));
    const kernel = await countRulesPassed(lab, probes);
    counts.push({ policies, kernel, simulator: probes.map((probe) => inSimulator(ruleset, probe)) });
  }
  return counts;
}

function inSimulator(ruleset: Ruleset, { from, to, port }: UdpProbe): number {
  const outcome = simulate(ruleset, {
    hook: 'forward',
    source: from,
    destination: to,
    protocol: 17,
    sourcePort: 40_000,
    destinationPort: port,
    state: 'new',
    direction: 'original',
    ctMark: 0,
  });
  return outcome.rulesPassed;
}
/**
 * On the pods of one namespace in turn, each with peers and ports of its own, in both families and directions. The first
 * is on all of them, and already fills every set.
 */
function makePolicies(count: number): readonly ModelObject[] {
  const apps = ['web', 'cart', 'db'];
  return Array.from({ length: count }, (_, index) => {
    const block = index % 250;
    const peers = [
      { ipBlock: { cidr: `100.64.${block}.0/24` } },
      { ipBlock: { cidr: `2001:db8:ff:${block.toString(16)}::/64` } },
      { podSelector: { matchLabels: { app: index === 0 ? 'web' : `app-${index}` } } },
    ];
    const ports = [
      { port: 1000 + index, protocol: 'UDP' },
      { port: 20_000 + index, endPort: 30_000 + index },
    ];
    const { object } = parseObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'shop', name: `policy-${index}` },
      spec: {
        podSelector: index === 0 ? {} : { matchLabels: { app: apps[index % apps.length] } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: peers, ports }],
        egress: [{ to: peers, ports }],
      },
    });
    if (!object) throw new Error('a made-up policy is invalid');
    return object;
  });
}
