/** The words that rules are written with. */
import { FAMILIES } from '../values/address.ts';
import type { ChainRule, Match, Statement } from './ir.ts';

export const priority = (op: '==' | '>=' | '<', value: number): Match => ({ kind: 'priority', op, value });
export const to = (chain: string): Statement => ({ kind: 'goto', chain });
export const call = (chain: string): Statement => ({ kind: 'jump', chain });
export const setPriority = (value: number): Statement => ({ kind: 'set-priority', value });
export const rule = (...parts: readonly (Match | Statement)[]): ChainRule => {
  const isMatch = (part: Match | Statement): part is Match => MATCH_KINDS.has(part.kind);
  return Object.freeze({
    matches: Object.freeze(parts.filter(isMatch)),
    statements: Object.freeze(parts.filter((part): part is Statement => !isMatch(part))),
  });
};
const MATCH_KINDS: ReadonlySet<string> = new Set<Match['kind']>([
  'family',
  'in',
  'not-in',
  'priority',
  'l4proto',
  'port',
  'icmp6-type',
  'ct-state',
  'ct-unconfirmed',
  'ct-direction',
  'ct-mark',
  'packet-mark',
  'in-interface',
  'local-socket',
  'local-source',
]);

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
export const IS_REPLY: Match = { kind: 'ct-direction', direction: 'reply' };
export const ACCEPT: Statement = { kind: 'accept' };
export const DROP: Statement = { kind: 'drop' };
export const RETURN: Statement = { kind: 'return' };
export const RESTORE: readonly ChainRule[] = FAMILIES.map((family) =>
  rule({ kind: 'family', family }, { kind: 'restore-priority', family }),
);
