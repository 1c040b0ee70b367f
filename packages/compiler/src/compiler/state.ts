import { type AddressRange, unionRanges } from '../cluster/block-partition.ts';
import { hostAddressesOf, impliedLabels } from '../cluster/cluster.ts';
import { FactTable } from '../cluster/facts.ts';
import type { CompiledPolicy } from '../decision/policies.ts';
import type { Labels, ModelObject, Namespace, Node, Pod, Policy } from '../model/types.ts';
import type { Address, Family } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import { NameTable } from '../values/name-table.ts';
import { AddressBook } from './address-book.ts';
import { ClassTable } from './classes.ts';
import { ElementStore } from './element-store.ts';
import { Emitter } from './emitter.ts';
import { LearnedAddresses } from './learned-addresses.ts';
import { NamedAddresses } from './named-addresses.ts';
import type { CompileOptions } from './options.ts';
import { Outside } from './outside.ts';
import { ProfileTable } from './profiles.ts';
import { SubjectTable } from './subjects.ts';

/** Names an object among all objects. */
export interface ObjectId {
  readonly kind: ModelObject['kind'];
  /** Empty for kinds without namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** The name that `delete` takes for an object that was `set`. */
export function idOf(object: ModelObject): ObjectId {
  const namespace = 'namespace' in object ? object.namespace : '';
  return { kind: object.kind, namespace, name: object.name };
}

/** A policy's place among the compiled ones, besides its name. */
export function policyPlace({ kind, namespace }: Omit<ObjectId, 'name'>): string {
  return `${kind} ${namespace}`;
}

/** The newest state of a policy; undefined where it is gone. */
interface PolicyChange {
  readonly id: ObjectId;
  readonly policy: Policy | undefined;
}

/**
 * All that the compiler knows: the objects, the tables made from them, and what has to be looked at again at the next
 * commit. Events change the objects at once, and note the rest.
 */
export class State {
  readonly options: CompileOptions;
  readonly pods = new NameTable<Pod>();
  readonly namespaces = new Map<string, Namespace>();
  readonly nodes = new Map<string, Node>();
  /** By `policyPlace` and name. */
  readonly compiled = new NameTable<CompiledPolicy>();

  readonly facts = new FactTable();
  readonly profiles = new ProfileTable();
  readonly addresses: AddressBook;
  readonly outside: Readonly<Record<Family, Outside>> = { 4: new Outside(4), 6: new Outside(6) };
  readonly subjects = new SubjectTable();
  readonly store: ElementStore;
  readonly emitter: Emitter;
  readonly classes: ClassTable;

  /** Addresses that pods of this node have. */
  readonly localAddresses = new Set<Address>();

  /** What local pods were told about DNS names. */
  readonly named = new NamedAddresses();

  /** Unknown addresses that the kernel judges, or has judged, as outside addresses. */
  readonly learned = new LearnedAddresses();

  /** What changed since the last commit. */
  readonly changedPolicies = new Map<string, PolicyChange>();
  readonly changedSubjects = new Set<Address>();
  nodesChanged = true;
  hostsChanged = true;

  #podRanges: Record<Family, readonly AddressRange[]> | undefined;
  /** Addresses of this node, as its pods tell them, with how often they do. */
  readonly #hostAddresses = new Map<Address, number>();
  readonly #impliedLabels = new Map<string, Labels>();

  constructor(options: CompileOptions) {
    this.options = options;
    this.addresses = new AddressBook(this.facts, this.profiles, (namespace) => this.labelsOf(namespace));
    this.store = new ElementStore(this.addresses.classes);
    this.emitter = new Emitter(this.store);
    this.classes = new ClassTable(this.emitter);
  }

  /** The labels of a namespace, also of one that has no object (S20). Always the same object while they do not change. */
  labelsOf(namespace: string): Labels {
    const known = this.namespaces.get(namespace)?.labels;
    return known ?? getOrMake(this.#impliedLabels, namespace, () => impliedLabels(namespace));
  }

  /** Where pods of the cluster get addresses from, as ascending ranges. */
  podRanges(family: Family): readonly AddressRange[] {
    this.#podRanges ??= { 4: this.#podRangesOf(4), 6: this.#podRangesOf(6) };
    return this.#podRanges[family];
  }

  /** Where pods of this node get addresses from. */
  ownPodRanges(family: Family): readonly AddressRange[] {
    const own = this.nodes.get(this.options.node)?.podCidrs ?? [];
    return unionRanges(own.filter((cidr) => cidr.family === family));
  }

  /** Every address that is this node's own (S41). */
  nodeAddresses(): ReadonlySet<Address> {
    const ofNode = this.nodes.get(this.options.node)?.addresses ?? [];
    return new Set([...ofNode, ...this.#hostAddresses.keys()]);
  }

  #podRangesOf(family: Family): readonly AddressRange[] {
    const cidrs = [...this.options.podCidrs, ...[...this.nodes.values()].flatMap(({ podCidrs }) => podCidrs)];
    return unionRanges(cidrs.filter((cidr) => cidr.family === family));
  }

  /** The pod of this node that has the address. */
  localPodAt(address: Address): Pod | undefined {
    const pod = this.addresses.podAt(address);
    return pod?.node === this.options.node ? pod : undefined;
  }

  set(object: ModelObject): void {
    switch (object.kind) {
      case 'Pod':
        this.#setPod(object, object);
        break;
      case 'Namespace':
        this.#setNamespace(object.name, object);
        break;
      case 'Node':
        this.#setNode(object.name, object);
        break;
      default:
        this.#setPolicy(idOf(object), object);
    }
  }

  delete(id: ObjectId): void {
    switch (id.kind) {
      case 'Pod':
        this.#setPod(id, undefined);
        break;
      case 'Namespace':
        this.#setNamespace(id.name, undefined);
        break;
      case 'Node':
        this.#setNode(id.name, undefined);
        break;
      default:
        this.#setPolicy(id, undefined);
    }
  }

  #setPolicy(id: ObjectId, policy: Policy | undefined): void {
    this.changedPolicies.set(`${policyPlace(id)}/${id.name}`, { id, policy });
  }

  #setPod({ namespace, name }: Omit<ObjectId, 'kind'>, pod: Pod | undefined): void {
    const before = this.pods.get(namespace, name);
    if (pod) this.pods.set(namespace, name, pod);
    else this.pods.delete(namespace, name);
    if (before && pod) this.addresses.reclaim(before, pod);
    else if (before) this.addresses.unclaim(before);
    else if (pod) this.addresses.claim(pod);
    if (!this.pods.has(namespace)) this.#forgetNamespace(namespace);
    if (pod) this.#countHost(pod, 1);
    if (before) this.#countHost(before, -1);
    if (before) for (const address of before.addresses) this.#noteSubject(address);
    if (pod) for (const address of pod.addresses) this.#noteSubject(address);
  }

  /** Namespaces of pods come and go by the thousand: nothing of them may stay. */
  #forgetNamespace(namespace: string): void {
    this.#impliedLabels.delete(namespace);
    this.facts.forgetNamespace(namespace);
    this.subjects.forgetNamespace(namespace);
  }

  #countHost(pod: Pod, by: 1 | -1): void {
    if (pod.node !== this.options.node) return;
    for (const address of hostAddressesOf(pod)) {
      const before = this.#hostAddresses.get(address) ?? 0;
      if (before + by > 0) this.#hostAddresses.set(address, before + by);
      else this.#hostAddresses.delete(address);
      if (before === 0 || before + by === 0) this.hostsChanged = true;
    }
  }

  /** Who has the address now decides, and it may be another pod than the one that just changed (S44). */
  #noteSubject(address: Address): void {
    if (this.localPodAt(address)) this.localAddresses.add(address);
    else if (!this.localAddresses.delete(address)) return;
    this.changedSubjects.add(address);
  }

  #setNamespace(name: string, namespace: Namespace | undefined): void {
    if (namespace) this.namespaces.set(name, namespace);
    else this.namespaces.delete(name);
    for (const pod of this.pods.inNamespace(name))
      for (const address of pod.addresses) {
        if (this.addresses.podAt(address) !== pod) continue;
        this.addresses.touch(address);
        if (this.localAddresses.has(address)) this.changedSubjects.add(address);
      }
  }

  #setNode(name: string, node: Node | undefined): void {
    const before = this.nodes.get(name);
    if (before) this.addresses.unclaimForNode(before);
    if (node) {
      this.nodes.set(name, node);
      this.addresses.claimForNode(node);
    } else this.nodes.delete(name);
    this.nodesChanged = true;
    this.hostsChanged = true;
    this.#podRanges = undefined;
  }
}
