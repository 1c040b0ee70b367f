/** What users call the ends of a connection. */
import type { Owner } from '../../model/types.ts';
import { quote } from '../../objects/report.ts';
import { type Address, parseAddress } from '../../values/address.ts';
import { type Fault, fault } from './fault.ts';

/** An end as it is written, before anybody knows whether there is such a thing. */
export type End =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  /** Every pod of a workload; the case of its kind does not matter. */
  | { readonly kind: 'owner'; readonly namespace: string; readonly owner: Owner }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'address'; readonly address: Address };

export const END_FORMS = 'namespace/pod, namespace/kind/name, node/NAME or an address';

const LIKE_ADDRESS = /^\[|^\d+\.|^[0-9a-f]*:[0-9a-f:.]*[/%]?/i;

/**
 * Reads `ns/pod`, `ns/kind/name`, `node/NAME`, `pod/NS/NAME` (for pods of a namespace called node) or an IP address,
 * which may stand in brackets.
 */
export function parseEnd(text: string): End | Fault {
  const address = parseAddress(/^\[(.*)\]$/s.exec(text)?.[1] ?? text);
  if (address !== undefined) return { kind: 'address', address };
  if (/\.svc(?:\.|$)/.test(text)) return SERVICE;
  const steps = text.split('/');
  const [first = '', second = '', third = ''] = steps;
  if (!steps.includes('') && !text.includes(':')) {
    if (steps.length === 3) return ofThree(first, second, third);
    if (steps.length === 2 && !LIKE_ADDRESS.test(text)) {
      return first === 'node'
        ? { kind: 'node', name: second }
        : { kind: 'pod', namespace: first, name: second };
    }
  }
  return LIKE_ADDRESS.test(text)
    ? fault('end-invalid', `${quote(text)} is not an address`, 'one plain IPv4 or IPv6 address')
    : fault('end-invalid', `${quote(text)} names no end of a connection`, END_FORMS);
}

const SERVICE = fault(
  'end-invalid',
  'policies see the pod behind a Service, and never the Service itself',
  'a pod or workload that it selects, and the port of the pod (targetPort)',
);

function ofThree(first: string, second: string, third: string): End | Fault {
  // Kinds begin with a capital and namespaces do not: so workloads of a namespace called pod can be named, too.
  if (first === 'pod' && !/^[A-Z]/.test(second)) return { kind: 'pod', namespace: second, name: third };
  switch (second.toLowerCase()) {
    case 'pod':
      return { kind: 'pod', namespace: first, name: third };
    case 'service':
    case 'svc':
      return SERVICE;
    default:
      return { kind: 'owner', namespace: first, owner: { kind: second, name: third } };
  }
}

/** The end as `parseEnd` reads it. */
export function formatEnd(end: End): string {
  switch (end.kind) {
    case 'pod':
      return end.namespace === 'node' ? `pod/node/${end.name}` : `${end.namespace}/${end.name}`;
    case 'owner':
      return `${end.namespace}/${end.owner.kind}/${end.owner.name}`;
    case 'node':
      return `node/${end.name}`;
    case 'address':
      return end.address;
  }
}
