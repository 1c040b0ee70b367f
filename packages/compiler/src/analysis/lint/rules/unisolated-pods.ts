import {
  DIRECTIONS,
  type Direction,
  type PeerMatch,
  type Pod,
  type Policy,
  type Rule,
} from '../../../model/types.ts';
import { getOrMake } from '../../../values/collections.ts';
import type { Found } from '../finding.ts';
import type { LintRule } from '../rule.ts';

export const unisolatedPods: LintRule = {
  id: 'unisolated-pods',
  severity: 'info',
  finds: 'A workload whose pods no policy isolates in a direction.',
  *check(context) {
    const { groups } = context.population;
    const workloads = byWorkload(groups.flatMap(({ pods }) => pods));
    for (const direction of DIRECTIONS) {
      const open = groups.filter(({ policies }) => !policies.some(({ policy }) => closes(policy, direction)));
      const pods = open
        .flatMap((group) => group.pods)
        .filter((pod) => !context.rejectedIsolates(pod, direction));
      for (const [key, own] of byWorkload(pods))
        yield foundOf(own, workloads.get(key)?.length ?? own.length, direction);
    }
  },
};

/** A policy of another tier does not isolate (S7), but pods are not open either where one denies everything by default. */
function closes(policy: Policy, direction: Direction): boolean {
  return policy.isolates[direction] || policy.rules[direction].some(deniesByDefault);
}

function deniesByDefault({ action, peers, ports }: Rule): boolean {
  return action === 'deny' && ports === 'any' && (peers === 'any' || peers.some(isEverybody));
}

/** Every pod, or every address of a family. */
function isEverybody(peer: PeerMatch): boolean {
  switch (peer.kind) {
    case 'pods':
      return 'selector' in peer.namespaces && peer.namespaces.selector.length + peer.pods.length === 0;
    case 'block':
      return peer.cidr.prefix === 0;
    case 'nodes':
    case 'domain':
      return false;
  }
}

function byWorkload(pods: readonly Pod[]): Map<string, Pod[]> {
  const workloads = new Map<string, Pod[]>();
  for (const pod of pods)
    getOrMake(workloads, JSON.stringify([pod.namespace, pod.owner.kind, pod.owner.name]), () => []).push(pod);
  return workloads;
}

const TYPES: Readonly<Record<Direction, string>> = { ingress: 'Ingress', egress: 'Egress' };

function foundOf(pods: readonly Pod[], all: number, direction: Direction): Found {
  const [{ namespace, owner, source }] = pods as readonly [Pod];
  const some = pods.length === all ? 'its pods' : `${pods.length} of its ${all} pods`;
  const [which, them, they] = owner.kind === 'Pod' ? ['it', 'it', 'it'] : [some, 'them', 'they'];
  const open =
    direction === 'ingress'
      ? `everybody whom no rule denies may connect to ${them}`
      : `${they} may connect to everybody whom no rule denies`;
  return {
    at: { object: { kind: owner.kind, namespace, name: owner.name }, field: '', source },
    message: `no policy isolates ${which} for ${direction}: ${open}`,
    fix: `Add a NetworkPolicy with policyTypes [${TYPES[direction]}] that selects ${them}`,
    pods,
  };
}
