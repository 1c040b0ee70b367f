/** Short ways to say raw objects and what they should become. */
import type { Policy } from '../../src/model/types.ts';
import { type ParseResult, parseObject } from '../../src/objects/parse.ts';
import { type Cidr, parseCidr } from '../../src/values/cidr.ts';

export function networkPolicy(
  spec: unknown,
  metadata: unknown = { name: 'np', namespace: 'shop' },
): ParseResult {
  return parseObject({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec });
}

const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';

export function adminPolicy(spec: object): ParseResult {
  const whole = { priority: 10, subject: { namespaces: {} }, ...spec };
  return parseObject({
    apiVersion: V1ALPHA1,
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'anp' },
    spec: whole,
  });
}

export function baselinePolicy(spec: object): ParseResult {
  const whole = { subject: { namespaces: {} }, ...spec };
  const kind = 'BaselineAdminNetworkPolicy';
  return parseObject({ apiVersion: V1ALPHA1, kind, metadata: { name: 'default' }, spec: whole });
}

export function clusterPolicy(spec: object): ParseResult {
  const whole = { tier: 'Admin', priority: 10, subject: { namespaces: {} }, ...spec };
  const apiVersion = 'policy.networking.k8s.io/v1alpha2';
  return parseObject({ apiVersion, kind: 'ClusterNetworkPolicy', metadata: { name: 'cnp' }, spec: whole });
}

/** The policy, of which no message may have come. */
export function clean({ object, diagnostics }: ParseResult): Policy {
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return policy({ ...(object && { object }), diagnostics });
}

/** The policy, whatever warnings came with it. */
export function policy({ object, diagnostics }: ParseResult): Policy {
  if (!object || !('tier' in object)) throw new Error(`no policy: ${JSON.stringify(diagnostics)}`);
  return object;
}

export function codes({ diagnostics }: { readonly diagnostics: ParseResult['diagnostics'] }): string[] {
  return diagnostics.map(({ code }) => code);
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(text);
  return parsed.cidr;
}

/** A selector of one label. */
export function label(key: string, value: string) {
  return [{ key, operator: 'In' as const, values: [value] }];
}
