import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import { type Box, graphOf } from './graph.ts';

/** Arrows that Mermaid draws; its own limit, which a page may raise and a diagram may not. */
export const MERMAID_ARROWS = 500;

/** A flowchart in the language of Mermaid. */
export function printMermaid(connections: readonly Connection[]): string {
  const { namespaces, outside, arrows } = graphOf(connections);
  const lines = [
    'flowchart LR',
    ...namespaces.flatMap(({ name, boxes }, at) => [
      `  subgraph s${at}["${escaped(name)}"]`,
      ...boxes.map((box) => `    ${box.id}["${labelOf(box)}"]`),
      '  end',
    ]),
    ...outside.map((box) => `  ${box.id}(["${labelOf(box)}"])`),
    ...arrows.map(({ from, to, label }) => `  ${from} -->|"${escaped(label)}"| ${to}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function labelOf({ lines }: Box): string {
  return lines.map(escaped).join('<br>');
}

/** Mermaid's own escapes: what could be markup of Mermaid, Markdown or HTML is written as a number. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:;/-]/gu, (char) => `#${char.codePointAt(0)};`);
}
