import { DIRECTIONS, type Direction, type Pod, type Policy } from '../../../model/types.ts';
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
      const open = groups.filter(
        ({ policies }) => !policies.some(({ policy }) => restricts(policy, direction)),
      );
      const pods = open
        .flatMap((group) => group.pods)
        .filter((pod) => !context.rejectedIsolates(pod, direction));
      for (const [key, own] of byWorkload(pods))
        yield foundOf(own, workloads.get(key)?.length ?? own.length, direction);
    }
  },
};

/** A policy of another tier does not isolate (S7), but one that denies something was made by somebody who cares. */
function restricts(policy: Policy, direction: Direction): boolean {
  return policy.isolates[direction] || policy.rules[direction].some(({ action }) => action === 'deny');
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
    direction === 'ingress' ? `everybody may connect to ${them}` : `${they} may connect to everybody`;
  return {
    at: { object: { kind: owner.kind, namespace, name: owner.name }, field: '', source },
    message: `no policy isolates ${which} for ${direction}: ${open}`,
    fix: `Add a NetworkPolicy with policyTypes [${TYPES[direction]}] that selects ${them}`,
    pods,
  };
}
