/** Connections as a picture of boxes and arrows: what DOT and Mermaid have in common. */
import { allowsAll } from '../../analysis/connectivity/allowed.ts';
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End, ExternalEnd, PodsEnd } from '../../analysis/connectivity/ends.ts';
import { compareText, getOrMake } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';
import { allowedText, fewPods } from './texts.ts';

export interface Box {
  /** `n0`, `n1` …: names of the cluster are in labels only. */
  readonly id: string;
  /** Printable; two or three. */
  readonly lines: readonly string[];
}

export interface Graph {
  readonly namespaces: readonly {
    readonly name: string;
    readonly boxes: readonly Box[];
  }[];
  readonly outside: readonly Box[];
  readonly arrows: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
  }[];
}

export function graphOf(connections: readonly Connection[]): Graph {
  const pods = new Map<PodsEnd, Box>();
  // The outside as source is another box than as destination: arrows then lead from left to right.
  const outside = {
    source: new Map<ExternalEnd, Box>(),
    destination: new Map<ExternalEnd, Box>(),
  };
  let count = 0;
  const newBox = (end: End): Box => ({
    id: `n${count++}`,
    lines: linesOf(end),
  });
  const idOf = (end: End, role: 'source' | 'destination'): string =>
    end.is === 'pods'
      ? getOrMake(pods, end, () => newBox(end)).id
      : getOrMake(outside[role], end, () => newBox(end)).id;
  const arrows = connections.map(({ source, destination, allowed }) => ({
    from: idOf(source, 'source'),
    to: idOf(destination, 'destination'),
    label: allowsAll(allowed) ? 'all' : allowedText(allowed),
  }));
  const namespaces = Map.groupBy(inOrder(pods), ([{ namespace }]) => namespace);
  return {
    namespaces: [...namespaces].map(([name, entries]) => ({
      name: printable(name),
      boxes: entries.map(([, box]) => box),
    })),
    outside: [...inOrder(outside.source), ...inOrder(outside.destination)].map(([, box]) => box),
    arrows,
  };
}

function inOrder<E extends End>(boxes: ReadonlyMap<E, Box>): [E, Box][] {
  return [...boxes].sort(([a], [b]) => compareText(a.text, b.text));
}

function linesOf(end: End): readonly string[] {
  if (end.is === 'external') return end.addresses.split('-').map((one, at) => (at === 0 ? `${one} -` : one));
  const lines = [end.owner.name, end.owner.kind].map(printable);
  return end.isPart ? [...lines, fewPods(end)] : lines;
}
