/** Made-up addresses, for pods of files that have none yet. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { Node, Pod } from '../model/types.ts';
import { type Address, addressValue, type Family, familyOf, formatIp } from '../values/address.ts';
import { type Cidr, formatCidr, parseCidr } from '../values/cidr.ts';
import { compareText, getOrMake } from '../values/collections.ts';
import { counted } from '../values/counted.ts';
import { hashText } from '../values/hash.ts';
import type { PodsWithMessages } from './workloads.ts';

/** Where no `--pod-cidr` is given: both families, as the usual installers choose them. */
export const DEFAULT_POD_CIDRS: readonly Cidr[] = Object.freeze(
  ['10.244.0.0/16', 'fd00:10:244::/56'].map((text) =>
    Object.freeze((parseCidr(text) as { cidr: Cidr }).cidr),
  ),
);

/**
 * Gives every pod that runs without an address one of each family of `podCidrs`: out of its node's own block where
 * that is known, else out of the one given. The address follows from namespace and name, so other pods coming and going
 * leave it alone, unless both want the same one. Host-network pods take the addresses of their node (S42).
 */
export function giveAddresses(
  pods: readonly Pod[],
  nodes: readonly Node[],
  podCidrs: readonly Cidr[],
): PodsWithMessages {
  const wanting = pods.filter((pod) => pod.addresses.length === 0 && !pod.finished);
  if (wanting.length === 0) return { pods, diagnostics: [] };
  const nodesByName = new Map(nodes.map((node) => [node.name, node]));
  const pools = new Pools(takenAddresses(pods, nodes));
  const given = new Map<Pod, Pod>();
  // Sorted, so that the order of the input does not decide between two that want the same address.
  for (const pod of wanting.sort(byIdentity)) {
    const node = pod.node === undefined ? undefined : nodesByName.get(pod.node);
    const addresses = pod.hostNetwork
      ? (node?.addresses ?? [])
      : podCidrs.map((cidr) => pools.take(blockFor(node, cidr), identityOf(pod))).filter(isDefined);
    given.set(pod, Object.freeze({ ...pod, addresses: Object.freeze([...addresses]) }));
  }
  return { pods: pods.map((pod) => given.get(pod) ?? pod), diagnostics: pools.shortages() };
}

function blockFor(node: Node | undefined, cidr: Cidr): Cidr {
  return node?.podCidrs.find(({ family }) => family === cidr.family) ?? cidr;
}

function identityOf(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`;
}

function byIdentity(a: Pod, b: Pod): number {
  return compareText(identityOf(a), identityOf(b));
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

type Taken = Readonly<Record<Family, Set<bigint>>>;

function takenAddresses(pods: readonly Pod[], nodes: readonly Node[]): Taken {
  const taken: Taken = { 4: new Set(), 6: new Set() };
  const add = (addresses: readonly Address[]): void => {
    for (const address of addresses) taken[familyOf(address)].add(addressValue(address));
  };
  for (const pod of pods) {
    add(pod.addresses);
    add(pod.hostAddresses);
  }
  for (const node of nodes) add(node.addresses);
  return taken;
}

class Pools {
  readonly #taken: Taken;
  /** Blocks without a free address -> how many pods went without. */
  readonly #short = new Map<string, number>();

  constructor(taken: Taken) {
    this.#taken = taken;
  }

  /** The address that the identity points at, or the next free one behind it; undefined when the block is full. */
  take(cidr: Cidr, identity: string): Address | undefined {
    const taken = this.#taken[cidr.family];
    const [first, count] = usable(cidr);
    const start = BigInt(hashText(identity)) % count;
    const full = this.#short.has(formatCidr(cidr));
    for (let step = 0n; step < count && !full; step++) {
      const value = first + ((start + step) % count);
      if (taken.has(value)) continue;
      taken.add(value);
      return formatIp({ family: cidr.family, value });
    }
    const block = formatCidr(cidr);
    this.#short.set(block, getOrMake(this.#short, block, () => 0) + 1);
    return undefined;
  }

  shortages(): Diagnostic[] {
    return [...this.#short].map(([block, pods]) =>
      diagnostic('pod-cidr-full', `${block} has no address left for ${counted(pods, 'pod')}`, {
        expected: 'a larger --pod-cidr, or podCIDRs of the node',
      }),
    );
  }
}

/** Without the first and the last address, which are no host's, unless the block has no others. */
function usable(cidr: Cidr): [first: bigint, count: bigint] {
  const size = cidr.last - cidr.first + 1n;
  return size > 2n ? [cidr.first + 1n, size - 2n] : [cidr.first, size];
}
