/**
 * Expectations, a line each:  `shop/web, world -> shop/db tcp/80 icmp: allow`  means that from each of the first to
 * each of the second, each of the ports and protocols is allowed, in both families. `@4` or `@6` behind an end means
 * one family; `at node-1` behind the verdict, what that node alone says. Ends are pods, nodes, addresses and `world`.
 */
import type { ConnectionAttempt } from '../../src/decision/snapshot.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { type Address, familyOf, parseAddress } from '../../src/values/address.ts';

export interface Expectation {
  /** As written. */
  readonly line: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly ports: readonly string[];
  readonly verdict: 'allow' | 'deny' | 'unresolved';
  readonly node: string | undefined;
}

const LINE =
  /^(.+?) -> (.+?)((?: (?:(?:tcp|udp|sctp)\/[0-9]+|icmp|gre))+): (allow|deny|unresolved)(?: at ([\w-]+))?$/;
/** An address that no block of the world or of any case names. */
const WORLD_ADDRESSES = ['203.0.113.7', '3fff:77::7'];

export function readExpectations(text: string): Expectation[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const match = LINE.exec(line);
      if (!match) throw new SyntaxError(`not an expectation: ${line}`);
      const [, from = '', to = '', ports = '', verdict, node] = match;
      return {
        line,
        from: from.split(', '),
        to: to.split(', '),
        ports: ports.trim().split(' '),
        verdict: verdict as Expectation['verdict'],
        node,
      };
    });
}

/** Every connection that an expectation is about; at least one, or it would say nothing. */
export function attemptsOf(
  objects: readonly ModelObject[],
  { line, from, to, ports }: Expectation,
): ConnectionAttempt[] {
  const attempts = from.flatMap((a) =>
    to.flatMap((b) => {
      const ends = pairs(addressesOf(objects, a), addressesOf(objects, b));
      if (ends.length === 0) throw new RangeError(`${a} and ${b} share no family: ${line}`);
      return ends.flatMap(([source, destination]) =>
        ports.map((text) => ({ source, destination, ...readPort(text, source) })),
      );
    }),
  );
  return attempts;
}

function pairs(sources: readonly Address[], destinations: readonly Address[]): [Address, Address][] {
  return sources.flatMap((source) =>
    destinations
      .filter((destination) => familyOf(destination) === familyOf(source))
      .map((destination): [Address, Address] => [source, destination]),
  );
}

function addressesOf(objects: readonly ModelObject[], written: string): readonly Address[] {
  const [, name = '', family] = /^(.+?)(?:@([46]))?$/.exec(written) ?? [];
  const all = namedAddresses(objects, name);
  return family === undefined ? all : all.filter((address) => String(familyOf(address)) === family);
}

function namedAddresses(objects: readonly ModelObject[], name: string): readonly Address[] {
  if (name === 'world') return WORLD_ADDRESSES.map((text) => parseAddress(text) as Address);
  const address = parseAddress(name);
  if (address) return [address];
  const object = objects.find(
    (one) =>
      (one.kind === 'Node' && one.name === name) ||
      (one.kind === 'Pod' && `${one.namespace}/${one.name}` === name),
  );
  if (!object || !('addresses' in object)) throw new ReferenceError(`the world has no ${name}`);
  return object.addresses;
}

function readPort(text: string, source: Address): { protocol: number; port: number } {
  const [word = '', port = '0'] = text.split('/');
  const numbers: Record<string, number> = {
    tcp: 6,
    udp: 17,
    sctp: 132,
    gre: 47,
    icmp: familyOf(source) === 4 ? 1 : 58,
  };
  return { protocol: numbers[word] as number, port: Number(port) };
}
