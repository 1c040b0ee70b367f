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
const SHARED_OWNERS = new SharePool<SharePool<Owner>>(100);
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
    const ofKind = SHARED_OWNERS.get(kind, () => new SharePool(10_000));
    return ofKind.get(name, () => Object.freeze({ kind, name }));
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
    const address = single ? parseAddress(single) : undefined;
    if (single && !address) reportAddress(single, ['status', singleField], reader);
    return frozenList(address ? [address] : []);
  }
  const addresses: Address[] = [];
  for (let index = 0; index < list.length; index++) {
    const ip = list[index]?.ip;
    if (!ip) continue;
    const address = parseAddress(ip);
    if (!address) reportAddress(ip, ['status', listField, index, 'ip'], reader);
    else if (!addresses.includes(address)) addresses.push(address);
  }
  return frozenList(addresses);
}

function shared(addresses: readonly Address[]): readonly Address[] {
  return addresses.length === 0 ? addresses : SHARED_HOSTS.get(addresses.join(' '), () => addresses);
}

function reportAddress(text: string, path: Path, reader: Reader): void {
  const message = `${lastField(path)} ${quote(text)} is not an IP address`;
  reader.report('address-invalid', path, message, 'a plain IPv4 or IPv6 address');
}

/** Of containers, and of init containers that go on running beside them (S25). Ports without a name are not read. */
export function readNamedPorts(spec: RawPodSpec, path: Path, reader: Reader): readonly NamedPort[] {
  const ports: RawPort[] = [];
  // Tells their lists apart: a number, letters, and a length stand before each name.
  let identity = '';
  for (const field of ['containers', 'initContainers'] as const) {
    const containers = spec[field];
    if (!containers) continue;
    for (let c = 0; c < containers.length; c++) {
      const container = containers[c];
      if (!container?.ports || (field === 'initContainers' && container.restartPolicy !== 'Always')) continue;
      for (let p = 0; p < container.ports.length; p++) {
        const raw = container.ports[p];
        if (!raw || raw['name'] === undefined || raw['name'] === null || raw['name'] === '') continue;
        if (!validators.containerPort(raw)) {
          reportSchemaErrors(validators.containerPort, [...path, field, c, 'ports', p], reader);
          continue;
        }
        const port = raw as unknown as RawPort;
        ports.push(port);
        identity += `${port.containerPort}${protocolOf(port)}${port.name.length} ${port.name}`;
      }
    }
  }
  if (ports.length === 0) return frozenList([]);
  return SHARED_PORTS.get(identity, () => frozenList(ports.map(namedPort)));
}

function namedPort(raw: RawPort): NamedPort {
  return Object.freeze({ name: raw.name, protocol: protocolOf(raw), port: raw.containerPort });
}

function protocolOf({ protocol }: RawPort): Protocol {
  return protocol ?? 'TCP';
}
