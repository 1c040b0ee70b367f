/** The chains of a ruleset: a fixed frame around the judgement. */
import { FAMILIES } from '../values/address.ts';
import { baseChains } from './base-chains.ts';
import { dnsChains, dnsRules } from './dns.ts';
import type { Chain, ChainRule, QueueRange, Rate, Statement } from './ir.ts';
import { chainName, familyChains, ORIENTATIONS, type Orientation } from './judgement.ts';
import { ACCEPT, call, DROP, ICMPV6, IS_REPLY, RESTORE, RETURN, rule, to } from './rule-words.ts';
import { type Stamp, stampValue } from './stamp.ts';

/** What the chains depend on besides which sets there are. */
export interface ProgramOptions extends Stamp {
  /** Queue numbers by the direction of the packet within its connection. */
  readonly queues: { readonly original: QueueRange; readonly reply: QueueRange };
  /**
   * `nft`: the queue statement; `mark`: a bit of the packet mark for an xtables NFQUEUE rule behind us; `none`: neither is
   * to be had, and packets meet what a queue without listener does.
   */
  readonly queueVia: 'nft' | 'mark' | 'none';
  /** The packet mark bit for `queueVia: mark`. */
  readonly queueMark: number;
  /** Likewise for DNS messages, which go to the queues for replies in both directions: one judge sees a whole conversation. */
  readonly dnsMark: number;
  /** Likewise for those that no policy has allowed yet: they do not pass while nobody listens. */
  readonly unjudgedDnsMark: number;
  /** Accept what nobody listens for (the queue's bypass flag). */
  readonly failOpen: boolean;
  /** Denied packets are told to an NFLOG group, under LOG_PREFIX, at this rate at most; undefined: to nobody. */
  readonly logDenied: { readonly rate: Rate; readonly group: number } | undefined;
  /** The node forwards service traffic by IPVS, past the hook `forward`. */
  readonly ipvs: boolean;
}

/** What an NFLOG message says of its packet: the direction within its connection. */
export const LOG_PREFIX: Readonly<Record<Orientation, string>> = Object.freeze({
  original: 'original',
  reply: 'reply',
});

/**
 * The chains, for the sets that exist: a rule that would look into an empty set is left out. Callees come first.
 * The number of rules that a packet passes depends on neither policies nor pods.
 */
export function programFor(present: ReadonlySet<string>, wanted: ProgramOptions): readonly Chain[] {
  const options = withMarkThatIsSeen(wanted);
  const stamp = { mask: options.markMask, value: stampValue(options) };
  const chain = (name: string, rules: readonly ChainRule[]): Chain => ({ name, hook: undefined, rules });
  const families = FAMILIES.filter((family) => [...present].some((name) => name.endsWith(String(family))));
  const perFamily = families.flatMap((family) =>
    ORIENTATIONS.flatMap((each) => familyChains(family, each, present)),
  );
  const chains = [
    chain('gate', [
      rule({ kind: 'ct-mark', ...stamp }, ACCEPT), // judged under this generation
      // S46. The family too: an IPv4 packet may say that it is ICMPv6, and would pass unjudged.
      rule(
        { kind: 'family', family: 6 },
        { kind: 'l4proto', protocols: [ICMPV6] },
        { kind: 'icmp6-type', first: 133, last: 137 },
        ACCEPT,
      ),
    ]),
    ...dnsChains(options),
    // Without a stamp the later messages of the connection come here, too.
    chain('allow', [...RESTORE, ...dnsRules(present, 'allowed'), rule({ kind: 'stamp', ...stamp }, ACCEPT)]),
    ...logChains(options),
    // S36. Without its old stamp: the number comes again when the generations have gone round (S47). A rule of its
    // own: on an untracked packet the kernel leaves a rule that reads the conntrack mark.
    chain('deny', [
      rule({ kind: 'unstamp', mask: options.markMask }),
      ...(options.logDenied ? [rule({ kind: 'limit', rate: options.logDenied.rate }, call(LOG_CHAIN))] : []),
      rule({ kind: 'counter' }, DROP),
    ]),
    ...ORIENTATIONS.flatMap((each) => unresolvedChains(each, present, options, stamp)),
    ...perFamily,
    ...ORIENTATIONS.map((each) =>
      chain(each, [
        ...families.map((family) => rule({ kind: 'family', family }, to(`${each}${family}`))),
        rule(to('allow')),
      ]),
    ),
    chain('to_node', [
      ...families.map((family) => rule({ kind: 'family', family }, to(`to_node${family}`))),
      rule(to('allow')),
    ]),
    ...baseChains(present, options),
  ];
  return Object.freeze(
    reachable(chains).map((each) => Object.freeze({ ...each, rules: Object.freeze(each.rules) })),
  );
}

/** Under IPVS what is for the node is judged behind the hook where xtables' rule is: there a mark would let it pass. */
function withMarkThatIsSeen(options: ProgramOptions): ProgramOptions {
  return options.ipvs && options.queueVia === 'mark' ? { ...options, queueVia: 'none' } : options;
}

const LOG_CHAIN = 'log_denied';

/** Tells of a denied packet; the limit stands before it, once for both directions. */
function logChains({ logDenied }: ProgramOptions): Chain[] {
  if (!logDenied) return [];
  const log = (prefix: string): Statement => ({ kind: 'log', prefix, group: logDenied.group });
  // Untracked packets have no direction, and count as original.
  const rules = [rule(IS_REPLY, log(LOG_PREFIX.reply), RETURN), rule(log(LOG_PREFIX.original))];
  return [{ name: LOG_CHAIN, hook: undefined, rules }];
}

/** Without the chains that no base chain leads to. */
function reachable(chains: readonly Chain[]): Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  const reached = new Set<Chain>();
  const visit = (chain: Chain | undefined): void => {
    if (!chain || reached.has(chain)) return;
    reached.add(chain);
    for (const { statements } of chain.rules)
      for (const statement of statements) if ('chain' in statement) visit(byName.get(statement.chain));
  };
  for (const chain of chains) if (chain.hook) visit(chain);
  return chains.filter((chain) => reached.has(chain));
}

/**
 * The way to the judge. A subject that the kernel never decides about (`queued_*`) has its new connections stamped first,
 * for kernels that cannot take the stamp from the judge: a drop verdict discards the unconfirmed entry and the stamp with
 * it. One that is confirmed would keep it: UDP without replies is new with every packet.
 */
function unresolvedChains(
  orientation: Orientation,
  present: ReadonlySet<string>,
  options: ProgramOptions,
  stamp: { readonly mask: number; readonly value: number },
): Chain[] {
  const queueing = {
    nft: [{ kind: 'queue', queues: options.queues[orientation], bypass: options.failOpen }],
    mark: [{ kind: 'mark', bits: options.queueMark }, ACCEPT],
    none: [options.failOpen ? ACCEPT : DROP],
  } as const satisfies Record<ProgramOptions['queueVia'], readonly Statement[]>;
  const unresolved: Chain = {
    name: chainName('unresolved', orientation),
    hook: undefined,
    rules: [...RESTORE, rule(...queueing[options.queueVia])],
  };
  if (orientation === 'reply') return [unresolved];
  const stamped = rule({ kind: 'ct-unconfirmed' }, { kind: 'stamp', ...stamp });
  const rules = [...dnsRules(present, 'unjudged'), stamped, rule(to(unresolved.name))];
  return [unresolved, { name: 'queued', hook: undefined, rules }];
}
