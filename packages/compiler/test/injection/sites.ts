/** The places of the API that hold a string. */

/** Strings that are taken as they come. */
export const OPEN_SITES = [
  'pod name',
  'pod label key',
  'pod label value',
  'pod annotation',
  'container name',
  'image',
  'owner kind',
  'owner name',
  'node name',
  'node label key',
  'node label value',
  'namespace name',
  'namespace label key',
  'namespace label value',
  'NetworkPolicy name',
  'AdminNetworkPolicy name',
  'ClusterNetworkPolicy name',
  'AdminNetworkPolicy rule name',
  'ClusterNetworkPolicy rule name',
  'BaselineAdminNetworkPolicy rule name',
  'skipped kind',
  'skipped name',
] as const;

/** Strings with a form of their own: a text without it is an error, a warning, or means nothing. */
export const FORMAL_SITES = [
  'container port name',
  'container port protocol',
  'pod phase',
  'pod address',
  'node address',
  'pod CIDR',
  'selector key',
  'selector value',
  'selector operator',
  'policy type',
  'policy port name',
  'policy port protocol',
  'policy CIDR',
  'policy exception',
  'action',
  'network',
  'domain name',
  'tier',
  'unknown peer field',
  'unknown spec field',
  'API version',
] as const;

export type Site = (typeof OPEN_SITES)[number] | (typeof FORMAL_SITES)[number];

/** The texts at the sites; undefined for what stands there usually. */
export type Texts = (site: Site) => string | undefined;
