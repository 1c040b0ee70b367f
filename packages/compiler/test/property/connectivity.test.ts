/** What `list` shows is what `decide` says: for every pair of pods, and for addresses outside, port by port. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allowsAll, portsOf } from '../../src/analysis/connectivity/allowed.ts';
import { type Connection, connectivityOf } from '../../src/analysis/connectivity/connectivity.ts';
import type { End, ExternalEnd, PodsEnd } from '../../src/analysis/connectivity/ends.ts';
import { isPolicyPod, nodeAddresses } from '../../src/cluster/cluster.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { ModelObject, Pod } from '../../src/model/types.ts';
import { IP_PROTOCOL } from '../../src/ruleset/cells.ts';
import { type Address, addressValue, FAMILIES, familyOf } from '../../src/values/address.ts';
import { PROTOCOLS, pointOfPacket } from '../../src/values/ports.ts';
import { describeObjects } from './describe.ts';
import { LOCAL_NODE, NODE_ADDRESSES, OUTSIDE_ADDRESSES, POD_ADDRESSES, PORTS } from './generate/alphabet.ts';
import { cluster } from './generate/cluster.ts';
import { holds } from './run.ts';

interface Sample {
  readonly protocol: number;
  readonly port: number;
}

/** Ports that policies like, of each protocol, and one protocol without ports. Port 0 is never listed. */
const SAMPLES: readonly Sample[] = [
  ...PROTOCOLS.flatMap((protocol) =>
    PORTS.filter((port) => port > 0).map((port) => ({ protocol: IP_PROTOCOL[protocol], port })),
  ),
  { protocol: 1, port: 0 },
];

/** Pods of a cluster with owners that have several, and each on some node: what is nowhere is judged nowhere. */
const owned: fc.Arbitrary<readonly ModelObject[]> = fc
  .tuple(cluster, fc.array(fc.constantFrom('one', 'two', undefined), { minLength: 12, maxLength: 12 }))
  .map(([objects, owners]) => {
    let next = 0;
    return objects.map((object) => {
      if (object.kind !== 'Pod') return object;
      const name = owners[next++ % owners.length];
      const owner = name === undefined ? object.owner : { kind: 'Deployment', name };
      return { ...object, owner, node: object.node ?? LOCAL_NODE };
    });
  });

/** The same, where some pods have addresses of nodes: what comes from there may be let in (S41). */
const confused: fc.Arbitrary<readonly ModelObject[]> = fc
  .tuple(owned, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }))
  .map(([objects, chosen]) => {
    const spare = Object.values(NODE_ADDRESSES).flat();
    let next = 0;
    return objects.map((object) =>
      object.kind === 'Pod' && chosen[next++ % chosen.length]
        ? { ...object, addresses: [...object.addresses, spare[next % spare.length] as Address] }
        : object,
    );
  });

for (const [name, values] of Object.entries({ owned, confused })) {
  test(`list and decide agree on every pair (${name})`, () => {
    holds({ values, share: 0.1, describe: describeObjects, check: checkPairs });
  });
}

test('list and decide agree on addresses outside', () => {
  holds({ values: owned, share: 0.1, describe: describeObjects, check: checkOutside });
});

test('an owner has parts only where the verdicts of its pods differ', () => {
  holds({ values: owned, share: 0.2, describe: describeObjects, check: checkParts });
});

function checkPairs(objects: readonly ModelObject[]): void {
  const snapshot = new Snapshot(objects);
  const { connections } = connectivityOf(objects);
  const rows = expandPods(connections);
  const pods = listedPods(snapshot);
  for (const source of pods) {
    for (const destination of pods) {
      const row = rows.get(`${nameOf(source)} ${nameOf(destination)}`);
      if (sameOwner(source, destination)) {
        assert.is(row, undefined, `${nameOf(source)} and ${nameOf(destination)} have one owner`);
        continue;
      }
      const wanted = SAMPLES.map((sample) => reaches(snapshot, source, destination, sample));
      const listed = SAMPLES.map((sample) => row !== undefined && lists(row, sample));
      assert.equal(listed, wanted, `${nameOf(source)} => ${nameOf(destination)}`);
      rows.delete(`${nameOf(source)} ${nameOf(destination)}`);
    }
  }
  assert.equal([...rows.keys()], [], 'rows of pods that are none');
}

/** Whether a client at the source reaches the destination on some pair of addresses, judged at both nodes. */
function reaches(snapshot: Snapshot, source: Pod, destination: Pod, { protocol, port }: Sample): boolean {
  return pairsOf(snapshot, source, destination).some(([from, to]) =>
    [source.node, destination.node].every(
      (node) =>
        snapshot.judge(node as string, { source: from, destination: to, protocol, port }).verdict === 'allow',
    ),
  );
}

function pairsOf(snapshot: Snapshot, source: Pod, destination: Pod): [Address, Address][] {
  return ownAddresses(snapshot, source).flatMap((from) =>
    ownAddresses(snapshot, destination).flatMap((to): [Address, Address][] =>
      familyOf(from) === familyOf(to) ? [[from, to]] : [],
    ),
  );
}

function checkOutside(objects: readonly ModelObject[]): void {
  const snapshot = new Snapshot(objects);
  const { connections } = connectivityOf(objects);
  const nodes = new Set(
    Object.keys(NODE_ADDRESSES).flatMap((node) => [...nodeAddresses(snapshot.cluster, node)]),
  );
  const candidates = FAMILIES.flatMap((family) => [...OUTSIDE_ADDRESSES[family], ...POD_ADDRESSES[family]]);
  const outside = candidates.filter((one) => !nodes.has(one) && !snapshot.cluster.podsByAddress.has(one));
  for (const pod of listedPods(snapshot)) {
    for (const direction of ['ingress', 'egress'] as const) {
      const rows = connections.filter(({ source, destination }) => {
        const [own, other] = direction === 'egress' ? [source, destination] : [destination, source];
        return other.is === 'external' && own.is === 'pods' && own.pods.includes(pod);
      });
      const otherEnd = ({ source, destination }: Connection): ExternalEnd =>
        (direction === 'egress' ? destination : source) as ExternalEnd;
      checkRanges(rows.map((row) => ({ row, end: otherEnd(row) })));
      for (const address of outside) {
        const family = familyOf(address);
        const own = ownAddresses(snapshot, pod).filter((one) => familyOf(one) === family)[0];
        const row = rows.find((one) => covers(otherEnd(one), address));
        const wanted = SAMPLES.map(({ protocol, port }) => {
          if (own === undefined) return false;
          const [source, destination] = direction === 'egress' ? [own, address] : [address, own];
          const attempt = { source, destination, protocol, port };
          return snapshot.judge(pod.node as string, attempt).verdict === 'allow';
        });
        const listed = SAMPLES.map((sample) => row !== undefined && lists(row, sample));
        assert.equal(listed, wanted, `${nameOf(pod)} ${direction} ${address}`);
      }
    }
  }
}

/** Disjoint, and no neighbours that could be one range. */
function checkRanges(rows: readonly { readonly row: Connection; readonly end: ExternalEnd }[]): void {
  for (const family of FAMILIES) {
    const sorted = rows
      .filter(({ end }) => end.family === family)
      .sort((a, b) => (a.end.range.first < b.end.range.first ? -1 : 1));
    for (let i = 1; i < sorted.length; i++) {
      const [before, after] = [sorted[i - 1], sorted[i]] as [(typeof sorted)[0], (typeof sorted)[0]];
      assert.ok(before.end.range.last < after.end.range.first, 'ranges overlap');
      if (before.end.range.last + 1n === after.end.range.first) {
        assert.is.not(before.row.allowed, after.row.allowed, 'equal neighbours');
      }
    }
  }
}

function checkParts(objects: readonly ModelObject[]): void {
  const { connections } = connectivityOf(objects);
  const rows = new Map<string, Set<string>>();
  for (const { source, destination, allowed } of connections) {
    assert.ok(allowed.spans.length > 0, 'a row of nothing');
    if (allowsAll(allowed)) assert.is(portsOf(allowed).ports.size, PROTOCOLS.length);
    for (const [own, other, way] of [
      [source, destination, '>'],
      [destination, source, '<'],
    ] as const) {
      if (own.is !== 'pods') continue;
      const key = JSON.stringify([own.namespace, own.owner, own.pods.map(({ name }) => name), own.isPart]);
      const known = rows.get(key) ?? new Set<string>();
      rows.set(key, known.add(`${way} ${other.text} ${allowed.id}`));
    }
  }
  const byOwner = Map.groupBy(rows, ([key]) => JSON.stringify((JSON.parse(key) as unknown[]).slice(0, 2)));
  for (const [owner, parts] of byOwner) {
    const shown = parts.map(([, set]) => [...set].sort().join('\n'));
    assert.is(new Set(shown).size, shown.length, `${owner}: parts with equal rows`);
    for (const [key] of parts) {
      const [, , , isPart] = JSON.parse(key) as [string, unknown, string[], boolean];
      if (parts.length > 1) assert.ok(isPart, key);
    }
  }
  const lines = connections.map(({ source, destination }) => `${source.text} => ${destination.text}`);
  assert.equal(lines, [...new Set(lines)].sort(), 'rows are sorted, and each is there once');
}

/** Rows between single pods; a pair has one at most. */
function expandPods(connections: readonly Connection[]): Map<string, Connection> {
  const rows = new Map<string, Connection>();
  for (const row of connections) {
    for (const source of podsOf(row.source)) {
      for (const destination of podsOf(row.destination)) {
        const key = `${nameOf(source)} ${nameOf(destination)}`;
        assert.not(rows.has(key), `two rows for ${key}`);
        rows.set(key, row);
      }
    }
  }
  return rows;
}

function podsOf(end: End): PodsEnd['pods'] {
  return end.is === 'pods' ? end.pods : [];
}

function lists({ allowed }: Connection, { protocol, port }: Sample): boolean {
  const point = pointOfPacket(protocol, port);
  return allowed.spans.some(({ first, last }) => first <= point && point <= last);
}

function covers({ family, range }: ExternalEnd, address: Address): boolean {
  const value = addressValue(address);
  return family === familyOf(address) && range.first <= value && value <= range.last;
}

function listedPods(snapshot: Snapshot): readonly Pod[] {
  return snapshot.cluster.pods.filter((pod) => ownAddresses(snapshot, pod).length > 0);
}

function ownAddresses({ cluster: { podsByAddress } }: Snapshot, pod: Pod): readonly Address[] {
  return isPolicyPod(pod) ? pod.addresses.filter((address) => podsByAddress.get(address) === pod) : [];
}

function sameOwner(a: Pod, b: Pod): boolean {
  return a.namespace === b.namespace && a.owner.kind === b.owner.kind && a.owner.name === b.owner.name;
}

function nameOf({ namespace, name }: Pod): string {
  return `${namespace}/${name}`;
}

test.run();
