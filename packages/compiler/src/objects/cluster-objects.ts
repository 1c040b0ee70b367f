/** Namespaces and nodes. */
import type { Labels, Namespace, Node } from '../model/types.ts';
import { type Address, parseAddress } from '../values/address.ts';
import type { Cidr } from '../values/cidr.ts';
import { frozenList } from '../values/collections.ts';
import { readCidr } from './cidrs.ts';
import type { Identity } from './identity.ts';
import { readLabels } from './labels.ts';
import type { RawMapping } from './raw.ts';
import type { Reader } from './report.ts';
import { reportSchemaErrors } from './shape.ts';
import { validators } from './validators.gen.ts';

/** The label that every namespace carries with its own name (S20). */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

interface RawLabelled {
  readonly metadata?: { readonly labels?: RawMapping | null };
}

interface RawNode extends RawLabelled {
  readonly spec?: { readonly podCIDR?: string | null; readonly podCIDRs?: readonly string[] | null } | null;
  readonly status?: { readonly addresses?: readonly { readonly address?: string | null }[] | null } | null;
}

export function readNamespace(raw: RawMapping, identity: Identity, reader: Reader): Namespace | undefined {
  if (!validators.namespace(raw)) {
    reportSchemaErrors(validators.namespace, [], reader);
    return undefined;
  }
  const labels: Labels = Object.freeze(
    Object.assign(Object.create(null), readLabels((raw as RawLabelled).metadata?.labels), {
      [NAMESPACE_NAME_LABEL]: identity.name,
    }),
  );
  return Object.freeze({ kind: 'Namespace', name: identity.name, labels, source: identity.source });
}

export function readNode(raw: RawMapping, identity: Identity, reader: Reader): Node | undefined {
  if (!validators.node(raw)) {
    reportSchemaErrors(validators.node, [], reader);
    return undefined;
  }
  const { metadata, spec, status } = raw as RawNode;
  // Host names stand in the same list as addresses.
  const addresses = (status?.addresses ?? []).map(({ address }) => address && parseAddress(address));
  return Object.freeze({
    kind: 'Node',
    name: identity.name,
    labels: readLabels(metadata?.labels),
    addresses: frozenList([...new Set(addresses.filter((address): address is Address => !!address))]),
    podCidrs: readPodCidrs(spec, reader),
    source: identity.source,
  });
}

function readPodCidrs(spec: RawNode['spec'], reader: Reader): readonly Cidr[] {
  const list = spec?.podCIDRs ?? [];
  const cidrs =
    list.length === 0 && spec?.podCIDR
      ? [readCidr(spec.podCIDR, ['spec', 'podCIDR'], reader)]
      : list.map((text, index) => readCidr(text, ['spec', 'podCIDRs', index], reader));
  return frozenList(cidrs.filter((cidr) => cidr !== undefined));
}
