/** The ends of connections as they are listed. */
import type { AddressRange } from '../../cluster/block-partition.ts';
import type { Owner, Pod } from '../../model/types.ts';
import { type Family, formatIp } from '../../values/address.ts';
import { compareText } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';

/** Pods of one owner that have the same verdicts: all of them, or a part. */
export interface PodsEnd {
  readonly is: 'pods';
  readonly namespace: string;
  readonly owner: Owner;
  /** By name. */
  readonly pods: readonly Pod[];
  /** Whether the owner has other pods, with other verdicts. */
  readonly isPart: boolean;
  /** `ns/name[Kind]`, and the pods in braces where they are a part; printable. */
  readonly text: string;
}

/** Addresses that are no pod's and no node's. */
export interface ExternalEnd {
  readonly is: 'external';
  readonly family: Family;
  readonly range: AddressRange;
  /** `first-last`. */
  readonly addresses: string;
  /** `first-last[External]`. */
  readonly text: string;
}

export type End = PodsEnd | ExternalEnd;

export function podsEnd(pods: readonly Pod[], isPart: boolean): PodsEnd {
  const sorted = [...pods].sort((a, b) => compareText(a.name, b.name));
  const { namespace, owner } = sorted[0] as Pod;
  const whole = `${namespace}/${owner.name}[${owner.kind}]`;
  const text = isPart ? `${whole}{${sorted.map(({ name }) => name).join(',')}}` : whole;
  return Object.freeze({
    is: 'pods',
    namespace,
    owner,
    pods: Object.freeze(sorted),
    isPart,
    text: printable(text),
  });
}

export function externalEnd(family: Family, range: AddressRange): ExternalEnd {
  const { first, last } = range;
  const addresses = `${formatIp({ family, value: first })}-${formatIp({ family, value: last })}`;
  return Object.freeze({ is: 'external', family, range, addresses, text: `${addresses}[External]` });
}
