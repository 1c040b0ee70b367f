/** A compiler that runs for months: of what is gone, nothing may stay. */
import { queryObjects } from 'node:v8';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Compiler } from '../../src/compiler/compiler.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import { idOf } from '../../src/compiler/state.ts';
import type {
  Labels,
  ModelObject,
  NamedPort,
  Namespace,
  PeerMatch,
  Pod,
  Policy,
  Requirement,
  Rule,
} from '../../src/model/types.ts';
import { type Address, formatIp } from '../../src/values/address.ts';
import { cidrOf } from '../../src/values/cidr.ts';
import { spanOf } from '../../src/values/ports.ts';

const LOCAL = 'near';
const EVENTS = 100_000;

/** Until arrays and hash tables have grown to what a round needs. */
const WARM_UP = 5_000;

/** In bytes: less than two for each event, where the least that could be left behind takes twenty. */
const SPARE = 200_000;

const REQUIRES = (key: string, ...values: readonly string[]): Requirement => ({
  key,
  operator: values.length > 0 ? 'In' : 'Exists',
  values,
});

function pod(name: string, place: Pick<Pod, 'namespace' | 'node'>, labels: Labels, number: number): Pod {
  const ports: NamedPort[] = [
    { name: 'http', protocol: 'TCP', port: 1024 + (number % 60_000) },
    { name: `port-${number}`, protocol: 'TCP', port: 8080 },
  ];
  const addresses = [
    formatIp({ family: 4, value: 0x0a00_0000n + BigInt(number % 0x1_0000) }),
    formatIp({ family: 6, value: (0xfd00n << 112n) + BigInt(number) }),
  ];
  return {
    kind: 'Pod',
    ...place,
    name,
    labels,
    addresses,
    hostAddresses: [],
    hostNetwork: false,
    finished: false,
    ports,
    owner: { kind: 'Pod', name },
    source: undefined,
  };
}

function policy(
  namespace: string,
  name: string,
  subject: readonly Requirement[],
  peers: readonly PeerMatch[],
  portName: string,
): Policy {
  const rule: Rule = {
    action: 'allow',
    name: undefined,
    index: 0,
    peers,
    ports: [
      { kind: 'named', name: portName, protocol: 'TCP' },
      { kind: 'span', span: spanOf('TCP', 80, 90) },
    ],
    source: undefined,
  };
  return {
    kind: 'NetworkPolicy',
    tier: 'network',
    namespace,
    name,
    priority: 0,
    subject: { kind: 'pods', namespaces: { name: namespace }, pods: subject },
    isolates: { ingress: true, egress: true },
    rules: { ingress: [rule], egress: [rule] },
    source: undefined,
  };
}

const selected = (namespaces: readonly Requirement[], pods: readonly Requirement[]): PeerMatch => ({
  kind: 'pods',
  namespaces: { selector: namespaces },
  pods,
});

/** What is there all the time: local pods of a policy that sees whatever comes, by labels and by port names. */
const STANDING: readonly ModelObject[] = [
  {
    kind: 'Node',
    name: LOCAL,
    labels: {},
    addresses: ['192.0.2.1' as Address],
    podCidrs: [cidrOf({ family: 4, value: 0x0a00_0000n }, 8)],
    source: undefined,
  },
  // One for every sort of set, so that the chains stay as they are.
  pod('elsewhere', { namespace: 'away', node: 'far' }, { app: 'web' }, 65_000),
  ...[1, 2, 3].map((n) =>
    pod(`stays-${n}`, { namespace: 'home', node: LOCAL }, { app: 'stays' }, 65_000 + n),
  ),
  policy(
    'home',
    'stays',
    [REQUIRES('app', 'stays')],
    [
      selected([], [REQUIRES('app', 'web', 'db')]),
      selected([REQUIRES('team')], []),
      { kind: 'block', cidr: cidrOf({ family: 4, value: 0xc500_0000n }, 8), except: [] },
      { kind: 'block', cidr: cidrOf({ family: 6, value: 0x2001_0db8n << 96n }, 32), except: [] },
    ],
    'http',
  ),
];

/** A namespace with pods of this node and another, and a policy of its own: all names, labels and ports are new. */
function arrivals(n: number): readonly ModelObject[] {
  const namespace = `ns-${n}`;
  const own: Labels = { [`key-${n}`]: 'yes', app: n % 2 ? 'web' : `app-${n}`, hash: `h${n}` };
  const objects: ModelObject[] = [
    pod(`local-${n}`, { namespace, node: LOCAL }, own, 3 * n),
    pod(`remote-${n}`, { namespace, node: 'far' }, own, 3 * n + 1),
    pod(`other-${n}`, { namespace, node: 'far' }, { app: `app-${n}` }, 3 * n + 2),
    policy(
      namespace,
      `policy-${n}`,
      [REQUIRES(`key-${n}`)],
      [
        selected([REQUIRES('team', `team-${n}`)], [REQUIRES('hash', `h${n}`, `i${n}`)]),
        selected([], [{ key: `key-${n}`, operator: 'DoesNotExist', values: [] }]),
        { kind: 'block', cidr: cidrOf({ family: 4, value: 0xc600_0000n + BigInt(n << 8) }, 24), except: [] },
        { kind: 'nodes', selector: [REQUIRES(`zone-${n}`)] },
        { kind: 'domain', name: `www-${n}.example.com` },
      ],
      `port-${3 * n + 1}`,
    ),
  ];
  // Every third namespace is known from its pods only.
  if (n % 3 > 0) objects.push(namespaceOf(namespace, { team: `team-${n}` }));
  return objects;
}

function namespaceOf(name: string, labels: Labels): Namespace {
  return { kind: 'Namespace', name, labels, source: undefined };
}

/** What becomes of an object before it goes. */
function changed(object: ModelObject, n: number): ModelObject {
  switch (object.kind) {
    case 'Pod':
      return { ...object, labels: { ...object.labels, version: `v${n}` } };
    case 'Namespace':
      return namespaceOf(object.name, { team: `moved-${n}` });
    default:
      return object;
  }
}

/** Lets one namespace come, change and go; returns the number of events. */
function round(compiler: Compiler, n: number): number {
  const objects = arrivals(n);
  for (const object of objects) compiler.set(object);
  compiler.commit();
  for (const object of objects) compiler.set(changed(object, n));
  compiler.commit();
  for (const object of objects) compiler.delete(idOf(object));
  compiler.commit();
  return 3 * objects.length;
}

/** After a garbage collection, which `queryObjects` does by itself. */
function census(): { readonly tables: number; readonly bytes: number } {
  const counts = [Set, Map].map((made) => queryObjects(made, { format: 'count' }) as number);
  return { tables: counts.reduce((sum, count) => sum + count, 0), bytes: process.memoryUsage().heapUsed };
}

test(`after ${EVENTS} events about things with new names all tables are as large as before`, () => {
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: LOCAL });
  for (const object of STANDING) compiler.set(object);
  compiler.commit();
  const lines = JSON.stringify([...compiler.ruleset().sets.keys()]);
  let n = 1;
  let events = 0;
  while (events < WARM_UP) events += round(compiler, n++);
  const before = census();
  while (events < WARM_UP + EVENTS) events += round(compiler, n++);
  const after = census();
  // Node's own tables come and go, too.
  assert.ok(after.tables < before.tables + 20, `${after.tables - before.tables} more sets and maps`);
  const growth = after.bytes - before.bytes;
  assert.ok(growth < SPARE, `${growth} bytes more for ${EVENTS} events`);
  assert.is(JSON.stringify([...compiler.ruleset().sets.keys()]), lines);
});

test.run();
