import { MANGLE } from '../ruleset/base-chains.ts';
import type { Chain, ChainRule, Hook, Match, Statement } from '../ruleset/ir.ts';
import { classText, fieldsText, hex, protocolText } from './words.ts';

type Printer<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: (node: Extract<T, { kind: K }>) => string;
};

const MATCHES: Printer<Match> = {
  family: ({ family }) => `meta nfproto ipv${family}`,
  in: ({ family, fields, set }) => `${fieldsText(family, fields)} @${set}`,
  'not-in': ({ family, fields, set }) => `${fieldsText(family, fields)} != @${set}`,
  priority: ({ op, value }) => `meta priority ${op === '==' ? '' : `${op} `}${classText(value)}`,
  l4proto: ({ protocols }) =>
    protocols.length === 1
      ? `meta l4proto ${protocolText(protocols[0] as number)}`
      : `meta l4proto { ${protocols.map(protocolText).join(', ')} }`,
  port: ({ field, port }) => `th ${field} ${port}`,
  'icmp6-type': ({ first, last }) => `icmpv6 type ${first}-${last}`,
  'ct-state': ({ state }) => `ct state ${state}`,
  'ct-unconfirmed': () => 'ct status ! confirmed',
  'ct-direction': ({ direction }) => `ct direction ${direction}`,
  'ct-mark': ({ mask, value }) => `ct mark & ${hex(mask)} == ${hex(value)}`,
  'packet-mark': ({ bits }) => `meta mark & ${hex(bits)} == ${hex(bits)}`,
  'in-interface': ({ name }) => `iifname "${name}"`,
  // Any owner at all: the kernel leaves the rule where the packet has no socket of a process.
  'local-socket': () => 'meta skuid >= 0',
  'local-source': () => 'fib saddr type local',
};

/** What IPv4 routing computes for the priority field from the TOS bits, and what it starts from for IPv6. */
const ROUTED_PRIORITY = {
  4: 'ip dscp & 0x06 map { 0 : 0:0, 2 : 0:2, 4 : 0:6, 6 : 0:4 }',
  6: '0:0',
} as const;

const STATEMENTS: Printer<Statement> = {
  accept: ({ kind }) => kind,
  drop: ({ kind }) => kind,
  return: ({ kind }) => kind,
  counter: ({ kind }) => kind,
  jump: ({ kind, chain }) => `${kind} ${chain}`,
  goto: ({ kind, chain }) => `${kind} ${chain}`,
  'set-priority': ({ value }) => `meta priority set ${classText(value)}`,
  'map-priority': ({ family, fields, map }) => `meta priority set ${fieldsText(family, fields)} map @${map}`,
  'restore-priority': ({ family }) => `meta priority set ${ROUTED_PRIORITY[family]}`,
  unstamp: ({ mask }) => `ct mark set ct mark & ${hex(~mask)}`,
  stamp: ({ mask, value }) => `ct mark set ct mark & ${hex(~mask)} | ${hex(value)}`,
  queue: ({ queues: { first, last }, bypass }) => {
    const flags = [...(bypass ? ['bypass'] : []), ...(first < last ? ['fanout'] : [])];
    const how = flags.length > 0 ? ` flags ${flags.join(',')}` : '';
    return `queue${how} to ${first < last ? `${first}-${last}` : first}`;
  },
  limit: ({ rate: { count, per } }) => `limit rate ${count}/${per}`,
  log: ({ prefix, group }) => `log prefix "${prefix}" group ${group}`,
  mark: ({ bits }) => `meta mark set meta mark | ${hex(bits)}`,
};

export function ruleText({ matches, statements }: ChainRule): string {
  return [...matches.map(matchText), ...statements.map(statementText)].join(' ');
}

/** The line that makes a chain a base chain. */
export function hookText({ hook, priority }: Hook): string {
  return `type filter hook ${hook} priority ${priorityText(priority)}; policy accept;`;
}

/** By the name `mangle` where it is near. */
function priorityText(priority: number): string {
  const offset = priority - MANGLE;
  if (Math.abs(offset) > NEAR) return String(priority);
  return offset === 0 ? 'mangle' : `mangle ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}

/** As far from a named priority as nft itself counts when it lists. */
const NEAR = 10;

export function chainLines(chain: Chain): string[] {
  return [...(chain.hook ? [hookText(chain.hook)] : []), ...chain.rules.map(ruleText)];
}

// The tables are complete for every kind; the compiler cannot see that a kind picks its own printer.
function matchText<K extends Match['kind']>(match: Extract<Match, { kind: K }>): string {
  return (MATCHES[match.kind as K] as unknown as (node: Extract<Match, { kind: K }>) => string)(match);
}

function statementText<K extends Statement['kind']>(statement: Extract<Statement, { kind: K }>): string {
  return (STATEMENTS[statement.kind as K] as unknown as (node: Extract<Statement, { kind: K }>) => string)(
    statement,
  );
}
