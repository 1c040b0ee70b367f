import { type Address, ALL_SHAPES, parseAddress, type SetShape } from '@kncompile/compiler';
import { type Change, type Extent, type Kernel, KernelError } from './kernel.ts';

interface FakeSet {
  readonly kind: 'set' | 'map';
  /** Key text -> what `nft -j` lists for the element. */
  readonly elements: Map<string, unknown>;
}

interface FakeChain {
  readonly isBase: boolean;
  readonly rules: string[];
}

/** A table by name of set and chain. */
interface FakeTable {
  readonly sets: Map<string, FakeSet>;
  readonly chains: Map<string, FakeChain>;
}

/**
 * A kernel for tests: carries out the commands that we print, refuses what the kernel refuses (what is missing, what is
 * there already), all or nothing, and lists the result as `nft -j` does.
 */
export class FakeKernel implements Kernel {
  /** Everything that was carried out or refused, in order. */
  readonly log: { readonly text: string; readonly extent: Extent; readonly ok: boolean }[] = [];
  /** Is asked before each call; what it throws the call throws. A promise holds the call until it settles. */
  onCall: ((call: 'apply' | 'list', text: string) => void | Promise<void>) | undefined;
  #table: FakeTable | undefined;
  #commits = 1;

  async apply(change: Change): Promise<void> {
    const { extent } = change;
    const text = change.text();
    try {
      await this.onCall?.('apply', text);
      this.tamper(text);
      this.log.push({ text, extent, ok: true });
    } catch (error) {
      this.log.push({ text, extent, ok: false });
      throw error;
    }
  }

  async applyNext(change: Change, commitNumber: number): Promise<boolean> {
    if (change.transaction === undefined || commitNumber !== this.#commits) return false;
    await this.apply(change);
    return true;
  }

  async list(): Promise<string | undefined> {
    await this.onCall?.('list', '');
    return this.#table && JSON.stringify({ nftables: [...listTable(this.#table)] });
  }

  async listAll(): Promise<string> {
    return JSON.stringify({ nftables: this.#table ? [...listTable(this.#table)] : [] });
  }

  commitNumber(): number {
    return this.#commits;
  }

  /** Carries out commands as another program's. */
  tamper(text: string): void {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    this.#table = lines.reduce(carryOut, copy(this.#table));
    this.#commits++;
  }
}

function copy(table: FakeTable | undefined): FakeTable | undefined {
  return (
    table && {
      sets: new Map(
        [...table.sets].map(([name, set]) => [name, { ...set, elements: new Map(set.elements) }]),
      ),
      chains: new Map(
        [...table.chains].map(([name, chain]) => [name, { ...chain, rules: [...chain.rules] }]),
      ),
    }
  );
}

const COMMAND = /^(add|delete|flush) (table|set|map|chain|rule|element) inet kncompile ?(\S*) ?(.*)$/;

function carryOut(table: FakeTable | undefined, line: string): FakeTable | undefined {
  const [, verb, kind, name = '', rest = ''] = COMMAND.exec(line) ?? refuse(line, 'syntax error');
  if (verb === 'add' && kind === 'table') return table ?? { sets: new Map(), chains: new Map() };
  const { sets, chains } = table ?? refuse(line, 'No such file or directory');
  switch (`${verb} ${kind}`) {
    case 'delete table':
      return undefined;
    case 'flush table':
      for (const { rules } of chains.values()) rules.length = 0;
      break;
    case 'add set':
    case 'add map':
      if (!sets.has(name)) sets.set(name, { kind: kind as FakeSet['kind'], elements: new Map() });
      break;
    case 'flush set':
    case 'flush map':
      (sets.get(name) ?? refuse(line, 'No such file or directory')).elements.clear();
      break;
    case 'delete set':
    case 'delete map':
      if ([...chains.values()].some(({ rules }) => rules.some((rule) => rule.includes(`@${name} `))))
        refuse(line, 'Device or resource busy');
      if (!sets.delete(name)) refuse(line, 'No such file or directory');
      break;
    case 'add element':
    case 'delete element':
      changeElements(sets.get(name) ?? refuse(line, 'No such file or directory'), name, verb as string, rest);
      break;
    case 'add chain':
      if (!chains.has(name)) chains.set(name, { isBase: rest !== '', rules: [] });
      break;
    case 'flush chain':
      (chains.get(name) ?? refuse(line, 'No such file or directory')).rules.length = 0;
      break;
    case 'delete chain':
      if (!chains.delete(name)) refuse(line, 'No such file or directory');
      break;
    case 'add rule':
      (chains.get(name) ?? refuse(line, 'No such file or directory')).rules.push(rest);
      break;
    default:
      refuse(line, 'syntax error');
  }
  return table;
}

function changeElements({ elements }: FakeSet, name: string, verb: string, text: string): void {
  const shape = ALL_SHAPES.find((known) => known.name === name) ?? refuse(text, 'unknown set');
  for (const one of text.slice(2, -2).split(/, (?=[^"]*(?:"[^"]*"[^"]*)*$)/)) {
    const [, key = '', comment, value] =
      /^(.*?)(?: timeout [0-9]+s)?(?: comment "([^"]*)")?(?: : ([0-9a-f]+:[0-9a-f]+))?$/.exec(one) ?? [];
    if (verb === 'delete') {
      if (!elements.delete(key)) refuse(one, 'No such file or directory');
    } else if (elements.has(key) && !shape.timed) refuse(one, 'File exists');
    else elements.set(key, listedElement(shape, key, comment, value));
  }
}

const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132 };

function listedElement(shape: SetShape, key: string, comment?: string, value?: string): unknown {
  const parts = key.split(' . ').map((part, i) => {
    const field = shape.fields[i];
    if (field === 'protocol') return PROTOCOLS[part] ?? Number(part);
    if (field === 'port') return part.includes('-') ? { range: part.split('-').map(Number) } : Number(part);
    if (field === 'class' || !shape.interval)
      return field === 'address' ? (parseAddress(part) as Address) : part;
    const [addr, len] = part.split('/');
    if (len !== undefined) return { prefix: { addr, len: Number(len) } };
    return part.includes('-') ? { range: part.split('-') } : part;
  });
  const val = parts.length > 1 ? { concat: parts } : parts[0];
  const listed = comment === undefined ? val : { elem: { val, comment } };
  return value === undefined ? listed : [listed, value];
}

function* listTable({ sets, chains }: FakeTable): Iterable<unknown> {
  yield { metainfo: { version: '1.0.6' } };
  for (const [name, { kind, elements }] of sets)
    yield { [kind]: { name, table: 'kncompile', elem: [...elements.values()] } };
  for (const [name, { isBase }] of chains)
    yield { chain: { name, table: 'kncompile', ...(isBase ? { hook: 'forward' } : {}) } };
  for (const [chain, { rules }] of chains)
    for (const rule of rules) yield { rule: { chain, table: 'kncompile', expr: listedRule(rule) } };
}

/** nft lists numbers in decimals. */
function listedRule(rule: string): unknown[] {
  const text = rule.replace(/0x[0-9a-f]+/g, (hex) => String(Number(hex)));
  const [, mask, value] = /^ct mark & (\d+) == (\d+)/.exec(text) ?? [];
  if (mask === undefined) return [{ text }];
  const left = { '&': [{ ct: { key: 'mark' } }, Number(mask)] };
  return [{ match: { op: '==', left, right: Number(value) } }, { text }];
}

function refuse(line: string, why: string): never {
  throw new KernelError('rejected', `Error: ${why}\n${line}`);
}
