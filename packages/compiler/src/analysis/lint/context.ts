import { type Cluster, clusterOf, isPolicyPod } from '../../cluster/cluster.ts';
import type { LoadResult } from '../../cluster/load.ts';
import { PodIndex } from '../../cluster/pod-index.ts';
import type { Code } from '../../errors.ts';
import type { Direction, Pod, Policy, Rule } from '../../model/types.ts';
import { formatPath, type Path } from '../../objects/report.ts';
import { type DeadRule, deadRules, type OnStep } from './dead-rules.ts';
import type { Found, Place } from './finding.ts';
import { Population } from './population.ts';

/** What lint looks at: the input as it was loaded. */
export type LintInput = Pick<LoadResult, 'objects' | 'remnants' | 'diagnostics' | 'places'>;

/** What the rules of lint may ask. Whatever takes time is worked out once, when it is first asked for. */
export class LintContext {
  readonly cluster: Cluster;
  readonly #input: LintInput;
  readonly #onStep: OnStep;
  readonly #rejected = new PodIndex<Policy>();
  #population: Population | undefined;
  #deadRules: readonly DeadRule[] | undefined;

  constructor(input: LintInput, onStep: OnStep = () => {}) {
    this.#input = input;
    this.#onStep = onStep;
    this.cluster = clusterOf(input.objects);
    for (const policy of input.remnants) this.#rejected.add(policy.subject, policy);
  }

  get policies(): readonly Policy[] {
    return this.cluster.policies;
  }

  /** Whether a policy that is rejected isolates the pod (S50): what it means when it is mended is not known. */
  rejectedIsolates(pod: Pod, direction: Direction): boolean {
    const rejected = this.#rejected.match(pod.namespace, this.population.labelsOf(pod.namespace), pod.labels);
    return rejected.some((policy) => policy.isolates[direction] || policy.rules[direction].length > 0);
  }

  /** Without a single pod the input is no picture of a cluster, and what selectors pick says nothing. */
  get hasPods(): boolean {
    return this.cluster.pods.some(isPolicyPod);
  }

  get population(): Population {
    this.#population ??= new Population(this.cluster);
    return this.#population;
  }

  get deadRules(): readonly DeadRule[] {
    this.#deadRules ??= deadRules(this.population, this.#onStep);
    return this.#deadRules;
  }

  /** A field of a policy; the whole of it where there is no path. */
  placeOf(policy: Policy, path: Path = []): Place {
    const { kind, namespace, name } = policy;
    const source = this.#input.places.sourceOf(policy, path) ?? policy.source;
    return { object: { kind, namespace, name }, field: formatPath(path), source };
  }

  placeOfRule(policy: Policy, direction: Direction, { index }: Rule): Place {
    return this.placeOf(policy, ['spec', direction, index]);
  }

  /** The peer at a place in the model's list, as far as the rule's own list has the same places. */
  placeOfPeer(policy: Policy, direction: Direction, rule: Rule, peer: number): Place {
    const before = rule.peers === 'any' ? [] : rule.peers.slice(0, peer);
    // One item of a tiered policy may hold several networks or names.
    const shifted =
      policy.kind !== 'NetworkPolicy' && before.some(({ kind }) => kind === 'block' || kind === 'domain');
    if (shifted) return this.placeOfRule(policy, direction, rule);
    const list = direction === 'ingress' ? 'from' : 'to';
    return this.placeOf(policy, ['spec', direction, rule.index, list, peer]);
  }

  /** What the loader has said with one of these codes, as findings. */
  said(codes: readonly Code[], fix: (code: Code, expected: string | undefined) => string): Found[] {
    return this.#input.diagnostics.flatMap(({ code, object, field, source, message, expected }) =>
      object && codes.includes(code)
        ? [{ at: { object, field, source }, message, fix: fix(code, expected) }]
        : [],
    );
  }
}
