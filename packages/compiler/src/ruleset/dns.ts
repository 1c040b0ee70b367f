/** DNS messages of pods with rules about names: they pass the judge, who learns from them (S37). */
import { FAMILIES, type Family } from '../values/address.ts';
import type { Chain, ChainRule, Match, Statement } from './ir.ts';
import type { ProgramOptions } from './program.ts';
import { ACCEPT, DROP, IS_REPLY, RESTORE, rule, TCP, to, UDP } from './rule-words.ts';
import { SHAPES } from './shapes.ts';

const DNS = 53;

/** What the policies have said to a message before it comes to the judge. */
type Standing = 'allowed' | 'unjudged';

const CHAINS: Readonly<Record<Standing, string>> = { allowed: 'dns', unjudged: 'unjudged_dns' };

const CARRIER: Match = { kind: 'l4proto', protocols: [TCP, UDP] };

/** Sends questions of such pods, and answers to them, to the judge; nothing where there are no such pods. */
export function dnsRules(present: ReadonlySet<string>, standing: Standing): ChainRule[] {
  const chain = to(CHAINS[standing]);
  return familiesWithClients(present).flatMap((family) => [
    ...questions(family, chain),
    ...answers(family, chain),
  ]);
}

/** The same for what the node itself answers: no policy judges that, and no other hook sees it. */
export function dnsRulesForNode(present: ReadonlySet<string>): ChainRule[] {
  return familiesWithClients(present).flatMap((family) => answers(family, to(CHAINS.allowed)));
}

/**
 * Without a listener names are not learnt, and connections to them denied: the messages themselves pass, if they are
 * allowed. Others do what every unjudged packet does.
 */
export function dnsChains(options: ProgramOptions): Chain[] {
  const { queues, queueVia, queueMark, dnsMark, unjudgedDnsMark, failOpen } = options;
  const chain = (standing: Standing, bits: number, bypass: boolean): Chain => {
    const queueing = {
      nft: [{ kind: 'queue', queues: queues.reply, bypass }],
      mark: [{ kind: 'mark', bits: queueMark | bits }, ACCEPT],
      none: [bypass ? ACCEPT : DROP],
    } as const satisfies Record<ProgramOptions['queueVia'], readonly Statement[]>;
    return { name: CHAINS[standing], hook: undefined, rules: [...RESTORE, rule(...queueing[queueVia])] };
  };
  return [chain('allowed', dnsMark, true), chain('unjudged', unjudgedDnsMark, failOpen)];
}

function familiesWithClients(present: ReadonlySet<string>): Family[] {
  return FAMILIES.filter((family) => present.has(SHAPES[family].dnsClients.name));
}

/** NodeLocal DNSCache keeps its messages out of conntrack: they have no direction. */
const UNTRACKED: Match = { kind: 'ct-state', state: 'untracked' };

function questions(family: Family, chain: Statement): ChainRule[] {
  const isOriginal: Match = { kind: 'ct-direction', direction: 'original' };
  return [isOriginal, UNTRACKED].map((state) =>
    rule(CARRIER, { kind: 'port', field: 'dport', port: DNS }, isClient(family, 'saddr'), state, chain),
  );
}

function answers(family: Family, chain: Statement): ChainRule[] {
  return [IS_REPLY, UNTRACKED].map((state) =>
    rule(CARRIER, { kind: 'port', field: 'sport', port: DNS }, isClient(family, 'daddr'), state, chain),
  );
}

function isClient(family: Family, field: 'saddr' | 'daddr'): Match {
  return { kind: 'in', family, fields: [field], set: SHAPES[family].dnsClients.name };
}
