/** Every golden ruleset does to packets what the policies of its input mean: `decide` = simulation = second reading. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import yargs from 'yargs';
import { COMPILE_OPTIONS, readCompileOptions } from '../src/cli/compile-options.ts';
import { INPUT_OPTIONS } from '../src/cli/input-options.ts';
import { namesIn } from '../src/cli/names.ts';
import { chooseNode } from '../src/cli/nodes.ts';
import { nodeAddresses } from '../src/cluster/cluster.ts';
import { loadFiles } from '../src/cluster/load.ts';
import { placePods } from '../src/cluster/place-pods.ts';
import { compile } from '../src/compiler/compile.ts';
import type { CompileOptions } from '../src/compiler/options.ts';
import { type ConnectionAttempt, type Judgement, Snapshot } from '../src/decision/snapshot.ts';
import { DIRECTIONS, type ModelObject } from '../src/model/types.ts';
import { printRuleset } from '../src/nft/print.ts';
import { isPolicy } from '../src/objects/parse.ts';
import { IP_PROTOCOL } from '../src/ruleset/cells.ts';
import type { Ruleset } from '../src/ruleset/ir.ts';
import { type Packet, simulate } from '../src/ruleset/simulate.ts';
import { type Address, addressValue, familyOf, formatIp, parseAddress } from '../src/values/address.ts';
import { type Cidr, cidrHolds } from '../src/values/cidr.ts';
import { splitSpan } from '../src/values/ports.ts';
import { referenceVerdicts } from './decision/reference.ts';
import { CHECKOUT } from './support/checkout.ts';
import { type GoldenCase, goldenCases, goldenCommand, readGolden } from './support/golden.ts';

/** What a golden case is made of, without the command around it. */
interface Compiled {
  readonly objects: readonly ModelObject[];
  readonly options: CompileOptions;
  readonly ruleset: Ruleset;
  readonly snapshot: Snapshot;
}

type Port = Pick<ConnectionAttempt, 'protocol' | 'port'>;

/** Addresses that no golden case names. */
const WORLD = ['203.0.113.7', '3fff:77::7'].map((text) => parseAddress(text) as Address);
/** A port of each protocol that no golden case names, and protocols without ports. */
const OTHER_PORTS: readonly Port[] = [
  { protocol: 6, port: 49152 },
  { protocol: 17, port: 49152 },
  { protocol: 132, port: 49152 },
  { protocol: 1, port: 0 },
  { protocol: 47, port: 0 },
];
const SOURCE_PORT = 50000;

const ANSWER = { allow: 'accept', deny: 'drop', unresolved: 'queue' } as const;

for (const golden of goldenCases()) {
  test(golden.name, async () => {
    const compiled = await compileCase(golden);
    const names = printRuleset(compiled.ruleset, { nameOf: namesIn(compiled.objects) });
    assert.ok(readGolden(golden).ruleset.startsWith(names), 'this test asks the ruleset of the golden file');
    let asked = 0;
    for (const attempt of attemptsIn(compiled)) {
      checkAttempt(compiled, attempt);
      asked++;
    }
    assert.ok(asked > 0, 'nothing was asked');
  });
}

test.run();

async function compileCase(golden: GoldenCase): Promise<Compiled> {
  const args = yargs([...goldenCommand(golden)])
    .options({ node: { type: 'string' }, ...INPUT_OPTIONS, ...COMPILE_OPTIONS })
    .parseSync();
  const settings = readCompileOptions(args);
  const loaded = await loadFiles([join(CHECKOUT, 'fixtures', golden.name)], { podCidrs: settings.podCidrs });
  const { node } = chooseNode(loaded.objects, args.node);
  const objects = placePods(loaded.objects, node);
  const options = { ...settings, node };
  return { objects, options, ruleset: compile(objects, options).ruleset, snapshot: new Snapshot(objects) };
}

/** Connections of the node's pods with every address that the case names or that ends one of its blocks. */
function* attemptsIn({ objects, options }: Compiled): Iterable<ConnectionAttempt> {
  const locals = objects.flatMap((object) =>
    object.kind === 'Pod' && object.node === options.node ? object.addresses : [],
  );
  const others = new Set([...objects.flatMap(addressesOf), ...options.podCidrs.flatMap(endsOf), ...WORLD]);
  const ports = [
    ...new Map([...objects.flatMap(portsOf), ...OTHER_PORTS].map((p) => [keyOf(p), p])).values(),
  ];
  for (const local of new Set(locals))
    for (const other of others) {
      if (familyOf(other) !== familyOf(local)) continue;
      for (const port of ports) {
        yield { source: local, destination: other, ...port };
        yield { source: other, destination: local, ...port };
      }
    }
}

function addressesOf(object: ModelObject): readonly Address[] {
  if (object.kind === 'Pod') return [...object.addresses, ...object.hostAddresses];
  if (object.kind === 'Node') return [...object.addresses, ...object.podCidrs.flatMap(endsOf)];
  if (!isPolicy(object)) return [];
  return DIRECTIONS.flatMap((direction) => object.rules[direction])
    .flatMap(({ peers }) => (peers === 'any' ? [] : peers))
    .flatMap((peer) => (peer.kind === 'block' ? [peer.cidr, ...peer.except].flatMap(endsOf) : []));
}

function endsOf({ family, first, last }: Cidr): Address[] {
  return [first, last].map((value) => formatIp({ family, value }));
}

/** Both ends of every range, and what lies behind. */
function portsOf(object: ModelObject): readonly Port[] {
  if (object.kind === 'Pod')
    return object.ports.map(({ protocol, port }) => ({ protocol: IP_PROTOCOL[protocol], port }));
  if (!isPolicy(object)) return [];
  return DIRECTIONS.flatMap((direction) => object.rules[direction])
    .flatMap(({ ports }) => (ports === 'any' ? [] : ports))
    .flatMap((match) => (match.kind === 'span' ? splitSpan(match.span) : []))
    .flatMap(({ protocol, first, last }) =>
      protocol === 'OTHER'
        ? []
        : [first, last, Math.min(last + 1, 65535)].map((port) => ({ protocol: IP_PROTOCOL[protocol], port })),
    );
}

function keyOf({ protocol, port }: Port): string {
  return `${protocol}/${port}`;
}

function checkAttempt(compiled: Compiled, attempt: ConnectionAttempt): void {
  const { objects, options, ruleset, snapshot } = compiled;
  const { source, destination, protocol, port } = attempt;
  const about = `${source} -> ${destination}, protocol ${protocol} port ${port}`;
  const judgement = snapshot.judge(options.node, attempt);
  const expected = referenceVerdicts(objects, options.node, attempt);
  for (const direction of DIRECTIONS)
    assert.is(judgement[direction]?.verdict, expected[direction]?.verdict, `decide, ${direction}: ${about}`);
  const own = nodeAddresses(snapshot.cluster, options.node);
  if (own.has(source)) return; // leaves by the output hook, where nothing is judged (S41)
  const first: Packet = {
    hook: own.has(destination) ? 'input' : 'forward',
    source,
    destination,
    protocol,
    sourcePort: SOURCE_PORT,
    destinationPort: port,
    state: 'new',
    direction: 'original',
    ctMark: 0,
  };
  const { verdict } = simulate(ruleset, first);
  if (verdict === 'queue') assert.ok(mayBeQueued(compiled, attempt, judgement), `queued: ${about}`);
  else assert.is(verdict, ANSWER[judgement.verdict], about);
  if (first.hook === 'input') return;
  const reply: Packet = {
    ...first,
    source: destination,
    destination: source,
    sourcePort: port,
    destinationPort: SOURCE_PORT,
    state: 'established',
    direction: 'reply',
  };
  assert.is(simulate(ruleset, reply).verdict, verdict, `reply: ${about}`);
}

/** Whether the kernel cannot know: a name, a pod that nobody knows, or a subject that is left to the judge. */
function mayBeQueued(
  { options, ruleset, snapshot }: Compiled,
  { source, destination }: ConnectionAttempt,
  { egress, ingress }: Judgement,
): boolean {
  if (egress?.verdict === 'unresolved' || ingress?.verdict === 'unresolved') return true;
  const podCidrs = [...options.podCidrs, ...snapshot.cluster.nodes.flatMap((node) => node.podCidrs)];
  const isUnknown = (address: Address): boolean =>
    !snapshot.cluster.podsByAddress.has(address) &&
    podCidrs.some((cidr) => cidrHolds(cidr, { family: familyOf(address), value: addressValue(address) }));
  const isLeftOver = (address: Address, direction: string): boolean =>
    ruleset.sets.get(`queued_${direction}${familyOf(address)}`)?.elements.has(address) ?? false;
  return (
    [source, destination].some(isUnknown) ||
    isLeftOver(source, 'egress') ||
    isLeftOver(destination, 'ingress')
  );
}
