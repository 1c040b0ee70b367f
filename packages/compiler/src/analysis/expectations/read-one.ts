/** One expectation from its document. */
import { type Code, type Diagnostic, diagnostic } from '../../errors.ts';
import type { Origin } from '../../objects/origin.ts';
import type { RawMapping } from '../../objects/raw.ts';
import { either, formatPath, type Part, quote } from '../../objects/report.ts';
import { isMapping } from '../../objects/shape.ts';
import { PROTOCOLS } from '../../values/ports.ts';
import { type Fault, faultDiagnostic, isFault } from '../ends/fault.ts';
import { END_FORMS, type End, formatEnd, parseEnd } from '../ends/parse-end.ts';
import { FIRST_PORT, formatTransport, LAST_PORT, type Transport } from '../ends/target.ts';
import type { Entry } from './expectation.ts';

const KEYS = ['name', 'from', 'to', 'port', 'protocol', 'expect'] as const;
type Key = (typeof KEYS)[number];

const PORT_NUMBER = `a number from ${FIRST_PORT} to ${LAST_PORT}`;
const PROTOCOL_WORDS = either([...PROTOCOLS, 'ICMP']);
const VERDICTS = ['allow', 'deny'] as const;

interface Read {
  /** Its own, or one that is made of the rest; undefined where there is neither. */
  readonly name: string | undefined;
  readonly content: Entry['content'];
}

/** The expectation, or all that is wrong with it. */
export function readExpectation(raw: unknown, origin: Origin): Read {
  const reader = new ExpectationReader(origin);
  if (!isMapping(raw)) {
    const expected = 'a mapping with from, to, port and expect';
    reader.report('expectation-invalid', undefined, `this is ${quote(raw)}`, expected);
    return { name: undefined, content: reader.problems };
  }
  if (typeof raw['kind'] === 'string') {
    const message = `this is a ${quote(raw['kind'])}, and no expectation`;
    reader.report('expectation-invalid', 'kind', message, either(KEYS), 'key');
    return { name: undefined, content: reader.problems };
  }
  if (!['from', 'to', 'expect'].some((key) => Object.hasOwn(raw, key))) {
    const expected = 'from, to, port and expect; several as a list, or as documents';
    reader.report('expectation-invalid', undefined, 'this mapping is no expectation', expected);
    return { name: undefined, content: reader.problems };
  }
  return reader.read(raw);
}

/** Reads the keys one by one, and notes what is wrong. */
class ExpectationReader {
  readonly problems: Diagnostic[] = [];
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  read(raw: RawMapping): Read {
    for (const key of Object.keys(raw)) {
      if (KEYS.some((known) => known === key)) continue;
      const message = `expectations have no key ${quote(key)}`;
      this.report('expectation-invalid', key, message, either(KEYS), 'key');
    }
    const name = this.#name(raw);
    const from = this.#end(raw, 'from');
    const to = this.#end(raw, 'to');
    const transport = this.#transport(raw);
    const expect = this.#verdict(raw);
    if (!from || !to || !transport || !expect || this.problems.length > 0) {
      return { name, content: this.problems };
    }
    const complain = (key: 'from' | 'to', fault: Fault): Diagnostic =>
      faultDiagnostic(fault, this.#place(key, 'value'));
    return {
      name: name ?? `${formatEnd(from)} => ${formatEnd(to)} : ${formatTransport(transport)}`,
      content: { from, to, transport, expect, complain },
    };
  }

  report(code: Code, key: string | undefined, message: string, expected: string, part: Part = 'value') {
    this.problems.push(diagnostic(code, message, { ...this.#place(key, part), expected }));
    return undefined;
  }

  #place(key: string | undefined, part: Part) {
    const path = key === undefined ? [] : [key];
    const source = this.#origin.sourceOf(path, part);
    return { source, excerpt: this.#origin.excerptOf(source), field: formatPath(path) };
  }

  #name(raw: RawMapping): string | undefined {
    if (valueAt(raw, 'name') === undefined) return undefined;
    const name = this.#text(raw, 'name', 'a text');
    return name === '' ? this.report('field-value', 'name', 'name is empty', 'a text') : name;
  }

  #end(raw: RawMapping, key: 'from' | 'to'): End | undefined {
    const text = this.#text(raw, key, END_FORMS);
    const end = text === undefined ? undefined : parseEnd(text);
    if (!end || !isFault(end)) return end;
    this.problems.push(faultDiagnostic(end, this.#place(key, 'value')));
    return undefined;
  }

  #transport(raw: RawMapping): Transport | undefined {
    const isNamed = valueAt(raw, 'protocol') !== undefined;
    const word = isNamed ? this.#text(raw, 'protocol', PROTOCOL_WORDS) : 'TCP';
    if (word === 'ICMP') {
      if (valueAt(raw, 'port') === undefined) return { protocol: word, port: undefined };
      return this.report('field-value', 'port', 'ICMP has no ports', 'no port, or another protocol', 'key');
    }
    const port = this.#port(raw);
    if (word === undefined) return undefined;
    const protocol = PROTOCOLS.find((known) => known === word);
    if (protocol) return port === undefined ? undefined : { protocol, port };
    return this.report('field-value', 'protocol', `protocol is ${quote(word)}`, PROTOCOL_WORDS);
  }

  #port(raw: RawMapping): number | undefined {
    const port = valueAt(raw, 'port');
    if (port === undefined) return this.report('field-missing', 'port', 'port is missing', PORT_NUMBER);
    if (typeof port !== 'number') {
      return this.report('field-type', 'port', `port is ${quote(port)}`, PORT_NUMBER);
    }
    const isPort = Number.isInteger(port) && port >= FIRST_PORT && port <= LAST_PORT;
    return isPort ? port : this.report('field-value', 'port', `port is ${port}`, PORT_NUMBER);
  }

  #verdict(raw: RawMapping): 'allow' | 'deny' | undefined {
    const text = this.#text(raw, 'expect', either(VERDICTS));
    const verdict = VERDICTS.find((known) => known === text);
    if (text === undefined || verdict) return verdict;
    return this.report('field-value', 'expect', `expect is ${quote(text)}`, either(VERDICTS));
  }

  #text(raw: RawMapping, key: Key, expected: string): string | undefined {
    const value = valueAt(raw, key);
    if (value === undefined) return this.report('field-missing', key, `${key} is missing`, expected);
    if (typeof value === 'string') return value;
    return this.report('field-type', key, `${key} is ${quote(value)}`, expected);
  }
}

/** Null is as good as nothing, as everywhere in Kubernetes' YAML. */
function valueAt(raw: RawMapping, key: Key): unknown {
  return Object.hasOwn(raw, key) ? (raw[key] ?? undefined) : undefined;
}
