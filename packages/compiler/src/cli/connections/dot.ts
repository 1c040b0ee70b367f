import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import { type Box, graphOf } from './graph.ts';

/** The language of Graphviz. */
export function printDot(connections: readonly Connection[]): string {
  const { namespaces, outside, arrows } = graphOf(connections);
  const lines = [
    'digraph connections {',
    '  rankdir=LR;',
    '  graph [fontname="sans-serif"];',
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...namespaces.flatMap(({ name, boxes }, at) => [
      `  subgraph cluster_${at} {`,
      `    label=${quoted([name])};`,
      ...boxes.map((box) => `    ${boxText(box)};`),
      '  }',
    ]),
    ...outside.map((box) => `  ${boxText(box, ', shape=ellipse')};`),
    ...arrows.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quoted([label])}];`),
    '}',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function boxText({ id, lines }: Box, more = ''): string {
  return `${id} [label=${quoted(lines)}${more}]`;
}

/** A label, where a backslash begins an escape and an ampersand an entity. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replace(/[\\"]/g, '\\$&').replaceAll('&', '&amp;'));
  return `"${escaped.join('\\n')}"`;
}
