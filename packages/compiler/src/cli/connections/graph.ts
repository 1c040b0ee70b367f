/** Connections as a picture of boxes and arrows: what DOT and Mermaid have in common. */
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End, PodsEnd } from '../../analysis/connectivity/ends.ts';
import { compareText, getOrMake } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';
import { allowedText } from './texts.ts';

export interface Box {
  /** `n0`, `n1` …: names of the cluster are in labels only. */
  readonly id: string;
  /** Printable; two or three. */
  readonly lines: readonly string[];
}

export interface Graph {
  readonly namespaces: readonly { readonly name: string; readonly boxes: readonly Box[] }[];
  readonly outside: readonly Box[];
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

/** Pods of a part that its box names before it only counts them. */
const NAMED_PODS = 3;

export function graphOf(connections: readonly Connection[]): Graph {
  const boxes = new Map<End, Box>();
  const idOf = (end: End): string =>
    getOrMake(boxes, end, () => ({ id: `n${boxes.size}`, lines: linesOf(end) })).id;
  const arrows = connections.map(({ source, destination, allowed }) => ({
    from: idOf(source),
    to: idOf(destination),
    label: allowedText(allowed).replace(/^all connections$/, 'all'),
  }));
  const sorted = [...boxes].sort(([a], [b]) => compareText(a.text, b.text));
  const inside = sorted.filter((entry): entry is [PodsEnd, Box] => entry[0].is === 'pods');
  const namespaces = Map.groupBy(inside, ([{ namespace }]) => namespace);
  return {
    namespaces: [...namespaces].map(([name, entries]) => ({
      name: printable(name),
      boxes: entries.map(([, box]) => box),
    })),
    outside: sorted.filter(([end]) => end.is === 'external').map(([, box]) => box),
    arrows,
  };
}

function linesOf(end: End): readonly string[] {
  if (end.is === 'external') return end.addresses.split('-').map((one, at) => (at === 0 ? `${one} -` : one));
  const lines = [end.owner.name, end.owner.kind].map(printable);
  return end.isPart ? [...lines, partText(end)] : lines;
}

function partText({ pods }: PodsEnd): string {
  const named = pods.slice(0, NAMED_PODS).map(({ name }) => printable(name));
  const others = pods.length - named.length;
  return others > 0 ? `${named.join(', ')} and ${others} more` : named.join(', ');
}
