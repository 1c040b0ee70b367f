import type { NamedPort, Owner, Pod } from '../model/types.ts';
import { type Address, parseAddress } from '../values/address.ts';
import { frozenList } from '../values/collections.ts';
import type { Protocol } from '../values/ports.ts';
import { SharePool, sharedText } from '../values/share-pool.ts';
import type { Identity } from './identity.ts';
import { readLabels } from './labels.ts';
import type { RawMapping } from './raw.ts';
import { lastField, type Path, quote, type Reader } from './report.ts';
import { reportSchemaErrors } from './shape.ts';
import { validators } from './validators.gen.ts';

/** What the schema `pod` promises. */
interface RawPod {
  readonly metadata?: { readonly labels?: RawMapping | null } & RawControlled;
  readonly spec?: RawPodSpec | null;
  readonly status?: RawStatus | null;
}

interface RawStatus {
  readonly phase?: string | null;
  readonly podIP?: string | null;
  readonly podIPs?: readonly ({ readonly ip?: string | null } | null)[] | null;
  readonly hostIP?: string | null;
  readonly hostIPs?: readonly ({ readonly ip?: string | null } | null)[] | null;
}

export interface RawPodSpec {
  readonly nodeName?: string | null;
  readonly hostNetwork?: boolean | null;
  readonly containers?: readonly (RawContainer | null)[] | null;
  readonly initContainers?: readonly (RawContainer | null)[] | null;
}

interface RawContainer {
  readonly ports?: readonly (RawMapping | null)[] | null;
  readonly restartPolicy?: string | null;
}

interface RawPort {
  readonly name: string;
  readonly containerPort: number;
  readonly protocol?: Protocol | null;
}

export interface RawControlled {
  readonly ownerReferences?: readonly { kind: string; name: string; controller?: boolean | null }[] | null;
}

/** Pods of one node have the node's addresses. */
const SHARED_HOSTS = new SharePool<readonly Address[]>(10_000);
/** Pods of one ReplicaSet have one owner. */
const SHARED_OWNERS = new SharePool<Owner>(10_000);
/** Pods of one template name the same ports. */
const SHARED_PORTS = new SharePool<readonly NamedPort[]>(10_000);

/** Undefined, and reported, when a field that is read breaks its schema. */
export function readPod(raw: RawMapping, identity: Identity, reader: Reader): Pod | undefined {
  if (!validators.pod(raw)) {
    reportSchemaErrors(validators.pod, [], reader);
    return undefined;
  }
  const { metadata, spec, status } = raw as RawPod;
  return Object.freeze({
    kind: 'Pod',
    namespace: identity.namespace,
    name: identity.name,
    labels: readLabels(metadata?.labels),
    addresses: readAddresses(status?.podIPs, status?.podIP, 'podIPs', 'podIP', reader),
    node: spec?.nodeName ? sharedText(spec.nodeName) : undefined,
    hostAddresses: shared(readAddresses(status?.hostIPs, status?.hostIP, 'hostIPs', 'hostIP', reader)),
    hostNetwork: spec?.hostNetwork === true,
    finished: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    ports: spec ? readNamedPorts(spec, ['spec'], reader) : frozenList([]),
    owner: podOwner(metadata, identity.name),
    source: identity.source,
  });
}

/** A static pod is controlled by its Node, but is nobody's pod but its own. */
function podOwner(metadata: RawControlled | undefined, name: string): Owner {
  const controller = controllerOf(metadata);
  return controller && controller.kind !== 'Node' ? controller : Object.freeze({ kind: 'Pod', name });
}

/** The ownerReference that is marked as the controller. */
export function controllerOf(metadata: RawControlled | null | undefined): Owner | undefined {
  for (const reference of metadata?.ownerReferences ?? []) {
    if (!reference.controller) continue;
    const { kind, name } = reference;
    // Its length keeps the kind apart from the name.
    return SHARED_OWNERS.get(`${kind.length} ${kind}${name}`, () => Object.freeze({ kind, name }));
  }
  return undefined;
}

/** The plural field where it has items, as the API defines it; else the older single one. */
function readAddresses(
  list: RawStatus['podIPs'],
  single: string | null | undefined,
  listField: string,
  singleField: string,
  reader: Reader,
): readonly Address[] {
  if (!list || list.length === 0) {
    const address = single ? readAddress(single, ['status', singleField], reader) : undefined;
    return frozenList(address ? [address] : []);
  }
  const addresses: Address[] = [];
  for (let index = 0; index < list.length; index++) {
    const ip = list[index]?.ip;
    if (!ip) continue;
    const address = readAddress(ip, ['status', listField, index, 'ip'], reader);
    if (address && !addresses.includes(address)) addresses.push(address);
  }
  return frozenList(addresses);
}

function shared(addresses: readonly Address[]): readonly Address[] {
  return SHARED_HOSTS.get(addresses.join(' '), () => addresses);
}

function readAddress(text: string, path: Path, reader: Reader): Address | undefined {
  const address = parseAddress(text);
  if (!address) {
    reader.report(
      'address-invalid',
      path,
      `${lastField(path)} ${quote(text)} is not an IP address`,
      'a plain IPv4 or IPv6 address',
    );
  }
  return address;
}

/** Of containers, and of init containers that go on running beside them (S25). Ports without a name are not read. */
export function readNamedPorts(spec: RawPodSpec, path: Path, reader: Reader): readonly NamedPort[] {
  const ports: NamedPort[] = [];
  for (const field of ['containers', 'initContainers'] as const) {
    const containers = spec[field];
    if (!containers) continue;
    for (let c = 0; c < containers.length; c++) {
      const container = containers[c];
      if (!container?.ports || (field === 'initContainers' && container.restartPolicy !== 'Always')) continue;
      for (let p = 0; p < container.ports.length; p++) {
        const raw = container.ports[p];
        if (!raw || raw['name'] === undefined || raw['name'] === null || raw['name'] === '') continue;
        const port = readNamedPort(raw, [...path, field, c, 'ports', p], reader);
        if (port) ports.push(port);
      }
    }
  }
  if (ports.length === 0) return frozenList([]);
  return SHARED_PORTS.get(JSON.stringify(ports), () => frozenList(ports));
}

function readNamedPort(raw: RawMapping, path: Path, reader: Reader): NamedPort | undefined {
  if (!validators.containerPort(raw)) {
    reportSchemaErrors(validators.containerPort, path, reader);
    return undefined;
  }
  const { name, containerPort, protocol } = raw as unknown as RawPort;
  return Object.freeze({ name, protocol: protocol ?? 'TCP', port: containerPort });
}
