/** One expectation from its document. */
import { type Code, type Diagnostic, diagnostic } from '../../errors.ts';
import type { Origin } from '../../objects/origin.ts';
import type { RawMapping } from '../../objects/raw.ts';
import { either, formatPath, type Part, quote } from '../../objects/report.ts';
import { isMapping } from '../../objects/shape.ts';
import { PROTOCOLS } from '../../values/ports.ts';
import { type Fault, faultDiagnostic, isFault } from '../ends/fault.ts';
import { type End, formatEnd, parseEnd } from '../ends/parse-end.ts';
import { FIRST_PORT, formatService, LAST_PORT, type Service } from '../ends/target.ts';
import type { Entry } from './expectation.ts';

const KEYS = ['name', 'from', 'to', 'port', 'protocol', 'expect'] as const;
type Key = (typeof KEYS)[number];

const PORT_NUMBER = `a number from ${FIRST_PORT} to ${LAST_PORT}`;
const VERDICTS = ['allow', 'deny'] as const;

/** The expectation, or all that is wrong with it; its name where it has a usable one or one can be made. */
export function readExpectation(
  raw: unknown,
  origin: Origin,
): { readonly name: string | undefined; readonly content: Entry['content'] } {
  const problems: Diagnostic[] = [];
  const placed = (key: Key | string | undefined, part: Part) => {
    const path = key === undefined ? [] : [key];
    const source = origin.sourceOf(path, part);
    return { source, excerpt: origin.excerptOf(source), field: formatPath(path) };
  };
  const report = (
    code: Code,
    key: string | undefined,
    message: string,
    expected: string,
    part: Part = 'value',
  ) => {
    problems.push(diagnostic(code, message, { ...placed(key, part), expected }));
    return undefined;
  };
  if (!isMapping(raw)) {
    report(
      'expectation-invalid',
      undefined,
      `this is ${quote(raw)}`,
      'a mapping with from, to, port and expect',
    );
    return { name: undefined, content: problems };
  }
  if (typeof raw['kind'] === 'string') {
    report(
      'expectation-invalid',
      'kind',
      `this is a ${quote(raw['kind'])}, and no expectation`,
      either(KEYS),
      'key',
    );
    return { name: undefined, content: problems };
  }
  for (const key of Object.keys(raw)) {
    if (KEYS.some((known) => known === key)) continue;
    report('expectation-invalid', key, `expectations have no key ${quote(key)}`, either(KEYS), 'key');
  }
  const textAt = (key: Key, expected: string): string | undefined => {
    const value = valueAt(raw, key);
    if (value === undefined) return report('field-missing', key, `${key} is missing`, expected);
    return typeof value === 'string'
      ? value
      : report('field-type', key, `${key} is ${quote(value)}`, expected);
  };
  const endAt = (key: 'from' | 'to'): End | undefined => {
    const text = textAt(key, 'namespace/pod, namespace/kind/name, node/NAME or an address');
    const end = text === undefined ? undefined : parseEnd(text);
    if (!end || !isFault(end)) return end;
    problems.push(faultDiagnostic(end, placed(key, 'value')));
    return undefined;
  };
  const serviceOf = (): Service | undefined => {
    const protocol =
      valueAt(raw, 'protocol') === undefined ? 'TCP' : textAt('protocol', either([...PROTOCOLS, 'ICMP']));
    if (protocol === 'ICMP') {
      if (valueAt(raw, 'port') === undefined) return { protocol, port: undefined };
      return report('field-value', 'port', 'ICMP has no ports', 'no port, or another protocol', 'key');
    }
    const port = portAt();
    if (protocol === undefined) return undefined;
    const known = PROTOCOLS.find((one) => one === protocol);
    if (known) return port === undefined ? undefined : { protocol: known, port };
    return report(
      'field-value',
      'protocol',
      `protocol is ${quote(protocol)}`,
      either([...PROTOCOLS, 'ICMP']),
    );
  };
  const portAt = (): number | undefined => {
    const port = valueAt(raw, 'port');
    if (port === undefined) return report('field-missing', 'port', 'port is missing', PORT_NUMBER);
    if (typeof port !== 'number') return report('field-type', 'port', `port is ${quote(port)}`, PORT_NUMBER);
    const isPort = Number.isInteger(port) && port >= FIRST_PORT && port <= LAST_PORT;
    return isPort ? port : report('field-value', 'port', `port is ${port}`, PORT_NUMBER);
  };
  const verdictAt = (): 'allow' | 'deny' | undefined => {
    const text = textAt('expect', either(VERDICTS));
    const verdict = VERDICTS.find((one) => one === text);
    if (text === undefined || verdict) return verdict;
    return report('field-value', 'expect', `expect is ${quote(text)}`, either(VERDICTS));
  };
  const nameAt = (): string | undefined => {
    if (valueAt(raw, 'name') === undefined) return undefined;
    const name = textAt('name', 'a text');
    return name === '' ? report('field-value', 'name', 'name is empty', 'a text') : name;
  };

  const name = nameAt();
  const [from, to, service, expect] = [endAt('from'), endAt('to'), serviceOf(), verdictAt()];
  if (!from || !to || !service || !expect || problems.length > 0) return { name, content: problems };
  const complain = (key: 'from' | 'to', fault: Fault): Diagnostic =>
    faultDiagnostic(fault, placed(key, 'value'));
  return {
    name: name ?? `${formatEnd(from)} => ${formatEnd(to)} : ${formatService(service)}`,
    content: { from, to, service, expect, complain },
  };
}

/** Null is as good as nothing, as everywhere in Kubernetes' YAML. */
function valueAt(raw: RawMapping, key: Key): unknown {
  return Object.hasOwn(raw, key) ? (raw[key] ?? undefined) : undefined;
}
