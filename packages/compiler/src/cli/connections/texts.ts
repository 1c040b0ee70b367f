/** Connections in words and as data, the same in every command that shows them. */
import { type Allowed, allowsAll, type PortRange, portsOf } from '../../analysis/connectivity/allowed.ts';
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End, PodsEnd } from '../../analysis/connectivity/ends.ts';
import { PROTOCOLS } from '../../values/ports.ts';
import { printable } from '../../values/printable.ts';

/** Sets of ports are few and rows are many. */
const TEXTS = new WeakMap<Allowed, string>();

/** `all connections`, or as in `TCP 80,443-445; UDP 53; other`. */
export function allowedText(allowed: Allowed): string {
  let text = TEXTS.get(allowed);
  if (text === undefined) {
    text = allowsAll(allowed) ? 'all connections' : listPorts(allowed);
    TEXTS.set(allowed, text);
  }
  return text;
}

function listPorts(allowed: Allowed): string {
  const { ports, other } = portsOf(allowed);
  const words = PROTOCOLS.flatMap((protocol) => {
    const ranges = ports.get(protocol);
    return ranges ? [`${protocol} ${ranges.map(rangeText).join(',')}`] : [];
  });
  return [...words, ...(other ? ['other'] : [])].join('; ');
}

function rangeText([first, last]: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

/** Pods that are named where people look before the others are only counted. */
const NAMED_PODS = 3;

/** The pods of a part in few words, as in `db-0,db-1,db-2,+497`; printable. */
export function fewPods({ pods }: PodsEnd): string {
  const named = pods.slice(0, NAMED_PODS).map(({ name }) => printable(name));
  return [...named, ...(pods.length > NAMED_PODS ? [`+${pods.length - NAMED_PODS}`] : [])].join(',');
}

/** An end for people: its text, with a few of the pods of a part and the number of the others. */
export function endLabel(end: End): string {
  if (end.is === 'external' || !end.isPart) return end.text;
  return `${printable(`${end.namespace}/${end.owner.name}[${end.owner.kind}]`)}{${fewPods(end)}}`;
}

/** `ns/name[Kind] => ns/name[Kind] : TCP 80`. */
export function connectionText({ source, destination, allowed }: Connection): string {
  return `${source.text} => ${destination.text} : ${allowedText(allowed)}`;
}

/** An end as data: pods by their owner, and by name where they are a part of it. */
export function endJson(end: End): object {
  if (end.is === 'external') return { external: end.addresses };
  const { namespace, owner, pods, isPart } = end;
  const whole = { namespace, name: owner.name, kind: owner.kind };
  return isPart ? { ...whole, pods: pods.map(({ name }) => name) } : whole;
}

/** `"all"`, or ranges by protocol; `other` stands for ICMP and every other protocol without ports. */
export function allowedJson(allowed: Allowed): 'all' | object {
  if (allowsAll(allowed)) return 'all';
  const { ports, other } = portsOf(allowed);
  return { ...Object.fromEntries(ports), other };
}
