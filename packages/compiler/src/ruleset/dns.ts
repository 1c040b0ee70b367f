/** DNS messages of pods with rules about names: they pass the judge, who learns from them (S37). */
import { FAMILIES, type Family } from '../values/address.ts';
import type { Chain, ChainRule, Match, Statement } from './ir.ts';
import type { ProgramOptions } from './program.ts';
import { ACCEPT, IS_REPLY, RESTORE, rule, TCP, to, UDP } from './rule-words.ts';
import { SHAPES } from './shapes.ts';

const DNS = 53;
const CHAIN = 'dns';

const CARRIER: Match = { kind: 'l4proto', protocols: [TCP, UDP] };

/** Sends questions of such pods, and answers to them, to the judge; nothing where there are no such pods. */
export function dnsRules(present: ReadonlySet<string>): ChainRule[] {
  return familiesWithClients(present).flatMap((family) => [questions(family), answers(family)]);
}

/** The same for what the node itself answers: no policy judges that, and no other hook sees it. */
export function dnsRulesForNode(present: ReadonlySet<string>): ChainRule[] {
  return familiesWithClients(present).map(answers);
}

/** Without a listener names are not learnt, and connections to them denied: the messages themselves pass. */
export function dnsChain({ queues, queueVia, queueMark, dnsMark }: ProgramOptions): Chain {
  const queueing = {
    nft: [{ kind: 'queue', queues: queues.reply, bypass: true }],
    mark: [{ kind: 'mark', bits: queueMark | dnsMark }, ACCEPT],
    none: [ACCEPT],
  } as const satisfies Record<ProgramOptions['queueVia'], readonly Statement[]>;
  return { name: CHAIN, hook: undefined, rules: [...RESTORE, rule(...queueing[queueVia])] };
}

function familiesWithClients(present: ReadonlySet<string>): Family[] {
  return FAMILIES.filter((family) => present.has(SHAPES[family].dnsClients.name));
}

function questions(family: Family): ChainRule {
  return rule(
    CARRIER,
    { kind: 'port', field: 'dport', port: DNS },
    isClient(family, 'saddr'),
    { kind: 'ct-direction', direction: 'original' },
    to(CHAIN),
  );
}

function answers(family: Family): ChainRule {
  return rule(
    CARRIER,
    { kind: 'port', field: 'sport', port: DNS },
    isClient(family, 'daddr'),
    IS_REPLY,
    to(CHAIN),
  );
}

function isClient(family: Family, field: 'saddr' | 'daddr'): Match {
  return { kind: 'in', family, fields: [field], set: SHAPES[family].dnsClients.name };
}
