import type { Transaction } from '../ruleset/diff.ts';
import {
  type Chain,
  type Element,
  elementKey,
  LEARNED_SECONDS,
  LONGEST_TTL,
  type Ruleset,
  type RulesetSet,
  type SetShape,
} from '../ruleset/ir.ts';
import { safeComment } from '../ruleset/provenance.ts';
import { ALL_SHAPES, SHAPES } from '../ruleset/shapes.ts';
import { type Address, addressValue, FAMILIES, familyOf } from '../values/address.ts';
import { chainLines, hookText, ruleText } from './rules.ts';
import { elementText, keyText, setKind, setTypeLines, TABLE } from './words.ts';

export interface PrintOptions {
  /** Who has an address: printed behind the elements of `peers`, for people. */
  readonly nameOf?: (address: Address) => string | undefined;
}

/**
 * A ruleset for people to read and for `nft -f` to load into a kernel that has no such table yet. Elements are sorted.
 */
export function printRuleset(ruleset: Ruleset, options: PrintOptions = {}): string {
  const blocks = [
    ...[...ruleset.sets.values()].map((set) => setBlock(set, options)),
    ...ruleset.chains.map((chain) => block(`chain ${chain.name}`, chainLines(chain))),
  ];
  return [LEGEND, `table ${TABLE} {`, blocks.join('\n\n'), '}', ''].join('\n');
}

/**
 * The text that makes the kernel's table equal to a ruleset, whatever it holds now, in one transaction. Base chains
 * stay where they are: deleting one would drop every packet that waits in a queue.
 */
export function printReplacement(ruleset: Ruleset): string {
  const lines = [`add table ${TABLE}`, `flush table ${TABLE}`];
  for (const shape of ALL_SHAPES) {
    lines.push(addSet(shape), `delete ${setKind(shape)} ${TABLE} ${shape.name}`);
    if (ruleset.sets.has(shape.name)) lines.push(addSet(shape));
  }
  for (const chain of ruleset.chains) lines.push(addChain(chain));
  for (const { shape, elements } of ruleset.sets.values())
    lines.push(...changeElements('add', shape, [...elements.values()]));
  lines.push(...ruleset.chains.flatMap(addRules));
  return `${lines.join('\n')}\n`;
}

/** A transaction as text for `nft -f`. */
export function printTransaction(transaction: Transaction): string {
  const { newSets, elements, chains, oldChains, emptiedChains, oldSets } = transaction;
  const shapes = new Map(ALL_SHAPES.map((shape) => [shape.name, shape]));
  const lines = [
    ...newSets.map(addSet),
    ...chains.map(addChain),
    // Everything that refers to old sets and chains goes before they do.
    ...[...chains.map(({ name }) => name), ...oldChains, ...emptiedChains].map(
      (name) => `flush chain ${TABLE} ${name}`,
    ),
    ...elements.flatMap(({ set, removed, added, refilled }) => [
      ...(refilled ? [`flush ${setKind(set)} ${TABLE} ${set.name}`] : []),
      ...changeElements('delete', set, removed),
      ...changeElements('add', set, added),
    ]),
    ...chains.flatMap(addRules),
    ...oldChains.map((name) => `delete chain ${TABLE} ${name}`),
    ...oldSets.map((name) => `delete ${setKind(shapes.get(name) as SetShape)} ${TABLE} ${name}`),
  ];
  // Adding the table is harmless where it exists, and lets the same text fill an empty kernel.
  return lines.length === 0 ? '' : `${[`add table ${TABLE}`, ...lines].join('\n')}\n`;
}

/** The text that has the kernel learn addresses. It fails where there is no set for them: without policies nobody asks. */
export function printLearning(addresses: readonly Address[]): string {
  return onLearned(addresses, 'add', ` timeout ${LEARNED_SECONDS}s`);
}

/** The text that has it forget them, whether it still knows them or not. */
export function printForgetting(addresses: readonly Address[]): string {
  return onLearned(addresses, 'add', '') + onLearned(addresses, 'delete', '');
}

function onLearned(addresses: readonly Address[], verb: 'add' | 'delete', suffix: string): string {
  return FAMILIES.map((family) => {
    const own = addresses.filter((address) => familyOf(address) === family);
    const elements = own.map((address) => `${address}${suffix}`).join(', ');
    return own.length === 0
      ? ''
      : `${verb} element ${TABLE} ${SHAPES[family].learned.name} { ${elements} }\n`;
  }).join('');
}

/** What a pod was told for a DNS name, and the seconds for which new connections may use it. */
export interface FreshName {
  readonly subject: Address;
  readonly address: Address;
  readonly ttl: number;
}

/**
 * The text that has the kernel let new connections use names, each for its time from now on. Where an element is there
 * already it is made anew: kernels before 6.12 do not prolong one.
 */
export function printFreshNames(names: readonly FreshName[]): string {
  return printStaleNames(names) + onFresh(names, 'add', timeout);
}

/** The text that has the kernel forget names before their time, whether it still knows them or not. */
export function printStaleNames(names: readonly FreshName[]): string {
  return onFresh(names, 'add', timeout) + onFresh(names, 'delete', () => '');
}

function timeout({ ttl }: FreshName): string {
  return ` timeout ${Math.min(ttl, LONGEST_TTL)}s`;
}

function onFresh(
  names: readonly FreshName[],
  verb: 'add' | 'delete',
  suffix: (name: FreshName) => string,
): string {
  return FAMILIES.map((family) => {
    const own = names.filter(({ address }) => familyOf(address) === family);
    const elements = own.map((name) => `${name.subject} . ${name.address}${suffix(name)}`).join(', ');
    return own.length === 0
      ? ''
      : `${verb} element ${TABLE} ${SHAPES[family].freshNames.name} { ${elements} }\n`;
  }).join('');
}

const LEGEND = [
  '# Classes of peers travel in the packet priority: 1:0 nobody known, 1:1 any pod, 1:2 and up outside addresses,',
  '# 100:0 and up pods. Cells: class . subject . protocol . port : verdict, 0:1 allow, 0:2 deny, 0:3 ask the judge.',
].join('\n');

function block(head: string, lines: readonly string[]): string {
  return [`\t${head} {`, ...lines.map((line) => `\t\t${line}`), '\t}'].join('\n');
}

function setBlock({ shape, elements }: RulesetSet, { nameOf }: PrintOptions): string {
  const sorted = [...elements.values()].sort((a, b) => compareKeys(a, b));
  const lines = sorted.map((element) => {
    const [first] = element.key;
    const name = shape.name.startsWith('peers') ? nameOf?.(first as Address) : undefined;
    return `\t${elementText(shape, element)},${name === undefined ? '' : ` # ${safeComment(name)}`}`;
  });
  const filled = lines.length === 0 ? [] : ['elements = {', ...lines, '}'];
  return block(`${setKind(shape)} ${shape.name}`, [...setTypeLines(shape), ...filled]);
}

function addSet(shape: SetShape): string {
  return `add ${setKind(shape)} ${TABLE} ${shape.name} { ${setTypeLines(shape)
    .map((line) => `${line};`)
    .join(' ')} }`;
}

function addChain({ name, hook }: Chain): string {
  return `add chain ${TABLE} ${name}${hook ? ` { ${hookText(hook)} }` : ''}`;
}

function addRules({ name, rules }: Chain): string[] {
  return rules.map((rule) => `add rule ${TABLE} ${name} ${ruleText(rule)}`);
}

function changeElements(verb: 'add' | 'delete', shape: SetShape, elements: readonly Element[]): string[] {
  if (elements.length === 0) return [];
  const text = verb === 'add' ? elementText : keyText;
  return [
    `${verb} element ${TABLE} ${shape.name} { ${elements.map((element) => text(shape, element)).join(', ')} }`,
  ];
}

/** Part by part, numbers and addresses by value. */
function compareKeys(a: Element, b: Element): number {
  for (const [i, part] of a.key.entries()) {
    const x = sortValue(part);
    const y = sortValue(b.key[i] as Element['key'][number]);
    if (x !== y) return x < y ? -1 : 1;
  }
  return elementKey(a.key) < elementKey(b.key) ? -1 : 1;
}

function sortValue(part: Element['key'][number]): number | bigint {
  if (typeof part === 'number') return part;
  return typeof part === 'string' ? addressValue(part) : part.first;
}
