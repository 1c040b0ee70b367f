/** How many rules the kernel puts a packet through, by `nft monitor trace`. */
import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Lab } from './lab.ts';
import type { Probe } from './protocol.ts';
import { ROUTER } from './topology.ts';

const TRACE_TABLE = 'kntrace';

/** Packets are sent until one is seen: the monitor says nothing when it is ready, and reads the whole ruleset first. */
const LIMIT_MS = 60_000;
const TRY_MS = 20;

/** A rule that took effect on the packet; the trace does not show those that did not match. */
interface Hit {
  readonly chain: string;
  readonly handle: number;
  readonly verdict: string;
  readonly target: string | undefined;
}

/** The handles of each chain's rules, in order. */
type Chains = ReadonlyMap<string, readonly number[]>;

/**
 * For each probe, the rules of our table that the first packet of a new connection is held against in the base chain
 * `hook`, matching or not. Probes must be UDP: one packet opens the connection. Needs a loaded ruleset, leaves nothing
 * behind, and takes as long as nft needs to list the ruleset, plus some ms a probe. Rejects after a minute without trace.
 */
export async function countRulesPassed(
  lab: Lab,
  probes: readonly Probe[],
  hook = 'forward',
): Promise<readonly number[]> {
  const chains = chainsOf(lab);
  const monitor = spawn('ip', ['netns', 'exec', lab.netns(ROUTER), 'nft', '-a', 'monitor', 'trace'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: monitor.stdout });
  try {
    const counts: number[] = [];
    for (const probe of probes) counts.push(rulesPassed(chains, hook, await trace(lab, lines, probe, hook)));
    return counts;
  } finally {
    monitor.kill();
  }
}

/** What the first packet of a new connection hits. */
async function trace(lab: Lab, lines: Interface, probe: Probe, hook: string): Promise<readonly Hit[]> {
  const family = probe.to.includes(':') ? 'ip6' : 'ip';
  const match = `${family} saddr ${probe.from} ${family} daddr ${probe.to} udp dport ${probe.port}`;
  const packets = new Map<string, Hit[]>();
  let complete: readonly Hit[] | undefined;
  const read = (line: string) => {
    complete ??= readTraceLine(line, probe, hook, packets);
  };
  lines.on('line', read);
  lab.nft(`table inet ${TRACE_TABLE} { chain prerouting {
    type filter hook prerouting priority raw - 1;
    ${match} meta nftrace set 1
  }; }`);
  try {
    const started = Date.now();
    while (!complete) {
      if (Date.now() - started > LIMIT_MS) throw new Error(`no trace of ${match}`);
      await lab.probe([probe], TRY_MS);
    }
    return complete;
  } finally {
    lines.off('line', read);
    lab.nft(`delete table inet ${TRACE_TABLE}`);
  }
}

/** Gathers the hits of each packet of the probe; returns those of the first that has left the hook. */
function readTraceLine(
  line: string,
  probe: Probe,
  hook: string,
  packets: Map<string, Hit[]>,
): readonly Hit[] | undefined {
  const [, id, chain, kind, rest] = /^trace id (\S+) inet kncompile (\S+) (\S+) ?(.*)$/.exec(line) ?? [];
  if (!id || !chain || rest === undefined) return undefined;
  if (kind === 'packet:' && chain === hook && isOf(probe, rest)) packets.set(id, []);
  const hits = packets.get(id);
  if (!hits) return undefined;
  if (kind === 'policy' && chain === hook) return hits;
  const [, handle, verdict, target] = /# handle (\d+) \(verdict (\w+)(?: (\w+))?\) *$/.exec(rest) ?? [];
  if (kind !== 'rule' || !handle || !verdict) return undefined;
  hits.push({ chain, handle: Number(handle), verdict, target });
  return verdict === 'accept' || verdict === 'drop' ? hits : undefined;
}

/** The monitor may still have packets of the probe before to tell. */
function isOf({ from, to, port }: Probe, packet: string): boolean {
  return (
    packet.includes(` saddr ${from} `) &&
    packet.includes(` daddr ${to} `) &&
    packet.includes(` dport ${port} `)
  );
}

function chainsOf(lab: Lab): Chains {
  interface Listed {
    readonly chain?: { readonly name: string };
    readonly rule?: { readonly chain: string; readonly handle: number };
  }
  const text = lab.exec(ROUTER, 'nft', ['-j', '-t', 'list', 'table', 'inet', 'kncompile']);
  const { nftables } = JSON.parse(text) as { nftables: readonly Listed[] };
  const chains = new Map<string, number[]>();
  for (const { chain } of nftables) if (chain) chains.set(chain.name, []);
  for (const { rule } of nftables) if (rule) chains.get(rule.chain)?.push(rule.handle);
  return chains;
}

/** Walks the chains from hit to hit, counting the rules in between that did not match. */
function rulesPassed(chains: Chains, hook: string, hits: readonly Hit[]): number {
  const rulesIn = (chain: string): readonly number[] => {
    const rules = chains.get(chain);
    if (!rules) throw new Error(`the table has no chain ${chain}`);
    return rules;
  };
  let passed = 0;
  let stack = [{ chain: hook, next: 0 }];
  for (const { chain, handle, verdict, target } of hits) {
    const at = rulesIn(chain).indexOf(handle);
    // Chains that ended without a verdict on the way.
    while (stack.at(-1)?.chain !== chain || at < (stack.at(-1)?.next ?? 0)) {
      const ended = stack.pop();
      if (!ended) throw new Error(`the trace visits rule ${handle} of ${chain}, which nothing leads to`);
      passed += rulesIn(ended.chain).length - ended.next;
    }
    const top = stack.at(-1) as { chain: string; next: number };
    passed += at - top.next + 1;
    top.next = at + 1;
    if (verdict === 'return' || verdict === 'goto') stack = stack.slice(0, -1);
    if (target) stack.push({ chain: target, next: 0 });
  }
  const last = hits.at(-1)?.verdict;
  if (last === 'accept' || last === 'drop') return passed;
  return stack.reduce((sum, { chain, next }) => sum + rulesIn(chain).length - next, passed);
}
