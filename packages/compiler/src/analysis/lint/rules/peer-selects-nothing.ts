import { selects } from '../../../model/selectors.ts';
import { DIRECTIONS, type PeerMatch } from '../../../model/types.ts';
import type { LintContext } from '../context.ts';
import type { LintRule } from '../rule.ts';
import { ruleText } from '../words.ts';
import { whyNothing } from './subject-selects-nothing.ts';

export const peerSelectsNothing: LintRule = {
  id: 'peer-selects-nothing',
  severity: 'warning',
  finds: 'A peer whose selectors match no pod or node, so that it matches nothing.',
  *check(context) {
    if (!context.hasPods) return;
    for (const { policy, rules } of context.population.compiled) {
      for (const direction of DIRECTIONS) {
        for (const { reason } of rules[direction]) {
          const { rule } = reason;
          if (!rule || rule.peers === 'any') continue;
          for (const [place, peer] of rule.peers.entries()) {
            const why = reasonForNothing(peer, context);
            if (why === undefined) continue;
            yield {
              at: context.placeOfPeer(policy, direction, rule, place),
              message: `a peer of ${direction} ${ruleText(rule)} matches nothing: ${why}`,
              fix: 'Correct the labels or the namespace, or remove the peer',
            };
          }
        }
      }
    }
  },
};

/** Undefined for what matches something, and for addresses and names, of which the input cannot know who has them. */
function reasonForNothing(peer: PeerMatch, context: LintContext): string | undefined {
  const { population, cluster } = context;
  switch (peer.kind) {
    case 'block':
    case 'domain':
      return undefined;
    case 'nodes':
      if (cluster.nodes.length === 0) return undefined;
      return cluster.nodes.some(({ labels }) => selects(peer.selector, labels))
        ? undefined
        : 'no node has these labels';
    case 'pods': {
      const { pods, onHost, finished } = population.peersOf(peer);
      if (pods.length + finished.length > 0) return undefined;
      if (onHost.length === 0) return whyNothing(peer, context);
      return 'all pods that it selects are on the host network, where no selector finds them (S42)';
    }
  }
}
